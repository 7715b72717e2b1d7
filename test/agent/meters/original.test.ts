/** With all switches as the original has them, generated files and notifications give what it gives. test/fixtures/agent/meters/README.md */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { readJson } from '../../../src/agent/convert/json-reader.js'
import { createMeterConverter, type MeterConverter } from '../../../src/agent/meters/converter.js'
import { loadMeters } from '../../../src/agent/meters/load.js'
import type { MeterOptions } from '../../../src/agent/meters/options.js'
import type { AgentNotification } from '../../../src/agent/notification.js'

interface Case {
  readonly files: readonly string[]
  readonly loaded: readonly unknown[] | null
  readonly notifications: readonly AgentNotification[]
  readonly results: readonly { readonly samples: readonly object[]; readonly raises: boolean }[]
}

const file = fileURLToPath(new URL('../../fixtures/agent/meters/generated.jsonl', import.meta.url))
const cases = readFileSync(file, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => readJson(line) as Case)

const original: MeterOptions = {
  compatibility: {
    contextFallback: false,
    literalTexts: false,
    lenientPaths: false,
    rawNames: true,
    nullVolumes: true,
    numericTexts: false,
  },
}

function convert(converter: MeterConverter, notification: AgentNotification): object {
  try {
    const samples = converter.samples(notification).map((sample) => ({ ...sample, id: undefined }))
    return { samples: comparable(samples), raises: false }
  } catch {
    return { samples: [], raises: true }
  }
}

/** Whole floats equal integers. */
function comparable(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, member) => (typeof member === 'bigint' ? `${member}` : member)),
  )
}

test.each(cases.map((one, at) => ({ ...one, at })))(
  'generated case $at',
  ({ files, loaded, notifications, results }) => {
    const { definitions, losesAll } = loadMeters(
      files.map((text, at) => ({ file: `${at}.yaml`, text })),
      original,
    )
    expect(losesAll ? null : definitions.map(({ defaults }) => defaults.name)).toEqual(loaded)
    const converter = createMeterConverter(definitions, original)
    const found = notifications.map((notification) => convert(converter, notification))
    expect(found).toEqual(results.map(({ samples, raises }) => ({ samples: comparable(samples), raises })))
  },
)
