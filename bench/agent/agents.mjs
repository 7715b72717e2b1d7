/** The two agents as their operators run them: the same broker, definitions, pipelines and files to write to. */

import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'

import { root } from '../../scripts/step.mjs'
import { PYTHON } from '../perf/child.mjs'
import { golden } from './golden.mjs'
import { EXCHANGE } from './queue.mjs'

const AGENT = '/usr/bin/ceilometer-agent-notification'

/**
 * @typedef {object} Place
 * @property {string} folder of its files, its own
 * @property {string} url of the broker
 * @property {number} [batch] notifications together; default: as it is shipped
 * @property {string} [profile] folder
 *
 * @typedef {object} Agent
 * @property {readonly string[]} command
 * @property {object} [env] beside that of this process
 * @property {readonly string[]} sinks files with a line for each sample or event
 */

/** @type {Record<'tocsin' | 'ceilometer', (place: Place) => Agent>} */
export const agents = { tocsin, ceilometer }

function tocsin({ folder, url, profile }) {
  const sinks = sinksIn(folder)
  const config = {
    messaging: { urls: [url], exchanges: [EXCHANGE] },
    meters: { files: [golden.meters] },
    events: { files: [golden.events] },
    pipeline: pipelineOf('meters', `file://${sinks[0]}`),
    eventPipeline: pipelineOf('events', `file://${sinks[1]}`),
    secret: 'bench',
  }
  writeFileSync(`${folder}/agent.json`, JSON.stringify(config))
  const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  const main = `${root}/dist/cli/main.js`
  return {
    command: [process.execPath, ...profiling, main, 'agent', 'run', '--config', `${folder}/agent.json`],
    sinks,
  }
}

function ceilometer({ folder, url, batch = 1 }) {
  const sinks = sinksIn(folder)
  mkdirSync(`${folder}/meters.d`)
  copyFileSync(golden.meters, `${folder}/meters.d/meters.yaml`)
  const pipelines = { pipeline: pipelineOf('meters', `file://${sinks[0]}?json`) }
  // As Python's text: it can't write the time of an event as JSON.
  pipelines.event_pipeline = pipelineOf('events', `file://${sinks[1]}`)
  // JSON is YAML.
  for (const [name, pipeline] of Object.entries(pipelines))
    writeFileSync(`${folder}/${name}.yaml`, JSON.stringify(pipeline))
  writeFileSync(
    `${folder}/ceilometer.conf`,
    [
      '[DEFAULT]',
      `transport_url = ${url.replace('amqp:', 'rabbit:')}/`,
      ...Object.keys(pipelines).map((name) => `${name}_cfg_file = ${folder}/${name}.yaml`),
      '[meter]',
      `meter_definitions_dirs = ${folder}/meters.d`,
      '[event]',
      `definitions_cfg_file = ${golden.events}`,
      '[notification]',
      `notification_control_exchanges = ${EXCHANGE}`,
      `batch_size = ${batch}`,
      // Without one it waits for ever until a batch is full.
      'batch_timeout = 1',
      '',
    ].join('\n'),
  )
  return {
    command: [PYTHON, AGENT, '--config-file', `${folder}/ceilometer.conf`],
    env: { PYTHONPATH: filePublisherOfEvents(folder) },
    sinks,
  }
}

/** Releases before 2023 have the class, but name it for samples only: a distribution of our own that names it. */
function filePublisherOfEvents(folder) {
  const path = `${folder}/python`
  mkdirSync(`${path}/bench-1.dist-info`, { recursive: true })
  writeFileSync(`${path}/bench-1.dist-info/METADATA`, 'Metadata-Version: 2.1\nName: bench\nVersion: 1\n')
  writeFileSync(
    `${path}/bench-1.dist-info/entry_points.txt`,
    '[ceilometer.event.publisher]\nfile = ceilometer.publisher.file:FilePublisher\n',
  )
  return path
}

const sinksIn = (folder) => [`${folder}/samples`, `${folder}/events`]

/** @param {'meters' | 'events'} what */
function pipelineOf(what, publisher) {
  return {
    sources: [{ name: 'all', [what]: ['*'], sinks: ['file'] }],
    sinks: [{ name: 'file', publishers: [publisher] }],
  }
}
