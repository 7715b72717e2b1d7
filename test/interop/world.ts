import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals'

import { Bus } from './bus.js'
import { PythonPeer } from './peer.js'

/** What `onTheBus` keeps current. */
export interface World {
  /** Of the test that runs. */
  readonly bus: Bus
  readonly peer: PythonPeer
}

/** One Python process for the test file, a fresh bus for each test. */
export function onTheBus(): World {
  const world = {} as { bus: Bus; peer: PythonPeer }
  beforeAll(async () => {
    world.peer = new PythonPeer()
    await world.peer.versions()
  })
  afterAll(() => world.peer.end())
  let open: Bus | undefined
  beforeEach(async () => {
    world.peer.logs.length = 0
    open = undefined
    open = await Bus.open(world.peer)
    world.bus = open
  })
  afterEach(() => open?.close())
  return world
}
