/** From nothing loaded to the first message handled, which waits in the queue. */

/** @type {import('../job.mjs').Prepare} */
export async function prepare({ library, place }, meter) {
  let adapter
  return {
    async run() {
      meter.begin()
      const { open } = await import(`../adapters/${library}.mjs`)
      adapter = await open(place)
      await adapter.consume(() => meter.tick())
      await meter.done
    },
    close: () => adapter.close(),
  }
}
