/** `tocsin agent convert`: parity with Ceilometer over the golden data, through the real command; and that it never stops. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

import { golden, goldenCases, goldenLines, goldenPath, type Outcome } from '../agent/golden.js'
import { type Finished, tocsin, tocsinHere } from './tocsin.js'

interface Line extends Outcome {
  readonly samples: readonly Record<string, unknown>[]
}

const CEILOMETER = [
  '--meters',
  goldenPath('ceilometer-meters.yaml'),
  '--events',
  goldenPath('ceilometer-event-definitions.yaml'),
]
const PIPELINE = ['--pipeline', goldenPath('ceilometer-pipeline.yaml')]

function linesOf(finished: Finished): Line[] {
  return finished.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
}

/** The notification of a case with its numbers as they were written: JSON.parse would lose what they were. */
function inputOf(line: string): string {
  const start = line.indexOf('"notification":') + '"notification":'.length
  return line.slice(start, line.indexOf(',"expected":'))
}

/** By default samples without a volume are not made (row 13). */
function wanted({ expected, fixed }: (typeof goldenCases)[number]): Line {
  const outcome = fixed ?? expected
  return { ...outcome, samples: (outcome.samples ?? []).filter(({ volume }) => volume !== null) }
}

describe('golden parity', () => {
  let lines: Line[]

  beforeAll(async () => {
    const finished = await tocsin(
      ['agent', 'convert', ...CEILOMETER, ...PIPELINE],
      `${goldenLines.map(inputOf).join('\n')}\n`,
    )
    expect(finished.code).toBe(0)
    lines = linesOf(finished)
  })

  test('there is a line for each', () => {
    expect(lines).toHaveLength(goldenCases.length)
  })

  test.each([
    ['samples', (line: Line) => line.samples],
    ['event', (line: Line) => line.event ?? null],
    ['errors of samples', (line: Line) => line.error?.['samples'] !== undefined],
    ['errors of events', (line: Line) => line.error?.['event'] !== undefined],
    ['published', (line: Line) => (line.error?.['samples'] === undefined ? line.published?.length : 0)],
  ] as const)('%s are those of Ceilometer', (what, part) => {
    const differing = goldenCases.flatMap((one, index) => {
      const [made, right] = [part(lines[index] as Line), part(wanted(one))]
      return JSON.stringify(sorted(made)) === JSON.stringify(sorted(right ?? defaultOf(what)))
        ? []
        : [one.file]
    })
    console.info(`${what}: ${goldenCases.length - differing.length}/${goldenCases.length}`)
    expect(differing).toEqual([])
  })

  test('as the original does today is what the original does today', async () => {
    const { stdout } = await tocsin(
      ['agent', 'convert', ...CEILOMETER, '--original'],
      `${goldenLines.map(inputOf).join('\n')}\n`,
    )
    const made = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line)
    const differing = goldenCases.flatMap(({ file, expected }, index) => {
      const { samples, event } = made[index] as Line
      return JSON.stringify(sorted({ samples, event })) ===
        JSON.stringify(sorted({ samples: expected.samples ?? [], event: expected.event ?? null }))
        ? []
        : [file]
    })
    console.info(`original: ${goldenCases.length - differing.length}/${goldenCases.length}`)
    expect(differing).toEqual([])
  })
})

function defaultOf(what: string): unknown {
  return what === 'published' ? undefined : what === 'event' ? null : []
}

/** Order of keys says nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  )
}

describe('lines', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tocsin-convert-'))
    writeFileSync(
      join(folder, 'meters.yaml'),
      [
        'metric:',
        '  - {name: m, event_type: x, type: gauge, unit: u, volume: $.payload.v, resource_id: $.payload.id}',
        '  - {name: broken, event_type: x, type: nothing, unit: u, volume: 1, resource_id: $.payload.id}',
        '',
      ].join('\n'),
    )
    writeFileSync(
      join(folder, 'events.yaml'),
      '- event_type: x\n  traits:\n    text: {fields: payload.v}\n    float: {fields: payload.v, type: float}\n',
    )
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  function line(v: string, priority = 'info'): string {
    return `{"priority":"${priority}","ctxt":{},"publisher_id":"p","event_type":"x","payload":{"v":${v},"id":"r"},"metadata":{"message_id":"i","timestamp":"2026-01-02 03:04:05"}}`
  }

  async function convert(input: string, ...words: string[]): Promise<Finished> {
    const files = ['--meters', join(folder, 'meters.yaml'), '--events', join(folder, 'events.yaml')]
    return tocsinHere(['agent', 'convert', ...files, ...words], input)
  }

  test('that are no notification give an error and do not stop it', async () => {
    const bad = ['', 'nonsense', '[]', '{"event_type":"x"', '['.repeat(10_000)]
    const finished = await convert([...bad, line('1')].join('\n'))
    expect(finished.code).toBe(0)
    const lines = linesOf(finished)
    expect(lines).toHaveLength(bad.length + 1)
    for (const one of lines.slice(0, -1))
      expect(one).toEqual({ samples: [], event: null, error: { line: expect.any(String) } })
    expect(lines.at(-1)?.samples).toHaveLength(1)
  })

  test.each<[part: string, odd: string, samples: boolean, event: boolean]>([
    ['ctxt', 'null', true, true],
    ['ctxt', '"text"', true, true],
    ['ctxt', '', true, true],
    ['event_type', '1', false, false],
    ['event_type', '', false, false],
    ['payload', '', false, true],
    ['publisher_id', '', false, true],
    ['publisher_id', 'null', true, true],
    ['metadata', '', false, false],
    ['metadata', '"text"', false, false],
    ['metadata', '{"message_id":"i"}', false, false],
    ['metadata', '{"timestamp":"2026-01-02"}', true, false],
    ['metadata', '{"timestamp":"2026-01-02","message_id":null}', true, true],
  ])(
    'whose %s is %j cost what they cost the original: samples: %j, event: %j',
    async (part, odd, samples, event) => {
      const whole = {
        ctxt: '{}',
        publisher_id: '"p"',
        event_type: '"image.upload"',
        payload: '{"size":1}',
        metadata: '{"message_id":"i","timestamp":"2026-01-02"}',
        [part]: odd,
      }
      const members = Object.entries(whole).flatMap(([name, text]) =>
        text === '' ? [] : [`"${name}":${text}`],
      )
      const [made] = linesOf(await tocsinHere(['agent', 'convert', ...CEILOMETER], `{${members.join(',')}}`))
      expect([made?.error?.['samples'] === undefined, made?.error?.['event'] === undefined]).toEqual([
        samples,
        event,
      ])
      expect([made?.samples.length, made?.event !== null]).toEqual([samples ? 1 : 0, event])
    },
  )

  test('keep an id that is no text', async () => {
    const [made] = linesOf(await convert(line('1').replace('"message_id":"i"', '"message_id":7')))
    expect(made?.event).toMatchObject({ message_id: 7 })
  })

  test('may be very long, and nested as deeply as Python takes', async () => {
    const deep = `${'['.repeat(940)}1.5${']'.repeat(940)}`
    const long = JSON.stringify('é"\\n'.repeat(500_000))
    const [first, second] = linesOf(await convert([line(deep), line(long)].join('\n')))
    expect(first?.error).toBeUndefined()
    expect(second?.samples[0]?.['volume']).toHaveLength(2_000_000)
  })

  test('keep integers of any size, and tell floats from integers', async () => {
    const { stdout } = await convert(
      ['123456789012345678901234567890', '1.0', '1', 'NaN'].map((v) => line(v)).join('\n'),
    )
    const [big, float, integer, nan] = stdout.split('\n')
    expect(big).toContain('"volume":123456789012345678901234567890')
    expect(big).toContain('["text",1,"123456789012345678901234567890"]')
    expect(float).toContain('["text",1,"1.0"]')
    expect(integer).toContain('["text",1,"1"]')
    expect(nan).toContain('["text",1,"nan"]')
    expect(nan).toContain('"volume":{"$float":"nan"}')
  })

  test.each([
    ['info', 1, true],
    ['sample', 1, false],
    ['error', 0, true],
    ['warn', 0, false],
  ])('of priority %s give %d samples, event: %j', async (priority, samples, hasEvent) => {
    const [made] = linesOf(await convert(line('1', priority)))
    expect(made?.samples).toHaveLength(samples)
    expect(made?.event !== null).toBe(hasEvent)
  })

  test('mistakes in files are told with their place, and the rest of them is used', async () => {
    const { code, stderr } = await convert('')
    expect(code).toBe(0)
    expect(stderr).toContain(`${join(folder, 'meters.yaml')}:3:`)
    expect((await convert(line('1'), '--strict')).code).toBe(1)
  })

  test("the project's own definitions are used where no files are named", async () => {
    const { notification } = golden('compute.instance.create.end--kilo-1')
    const [made] = linesOf(await tocsinHere(['agent', 'convert'], JSON.stringify(notification)))
    expect(made?.samples.map(({ name }) => name)).toContain('memory')
  })

  test('are asked for when somebody types them, and not else', async () => {
    const typed = await tocsinHere(['agent', 'convert'], '\n', { isTTY: true })
    expect(typed.stderr).toContain('reading notifications, one JSON object per line')
    expect(typed.stderr).toContain('Ctrl+D')
    expect(typed.stdout).toContain('"error"')
    expect((await tocsinHere(['agent', 'convert'], '\n')).stderr).toBe('')
  })

  test('are not read with an option that there is not', async () => {
    const { code, stderr } = await tocsinHere(['agent', 'convert', '--meter', 'x'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('there is no option --meter')])
  })
})
