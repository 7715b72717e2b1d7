/** A RabbitMQ of our own: an installed rabbitmq-server, started with its own name, ports and folders, and without a trace at the end. */

import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { Advice, freePort } from './step.mjs'

const START_TIMEOUT = 90_000
const STOP_TIMEOUT = 15_000

/**
 * The path of an installed rabbitmq-server, or `undefined`. Debian's /usr/sbin/rabbitmq-server is a wrapper that runs as the user
 * `rabbitmq` only and forgets our folders, so the real one behind it comes first.
 */
export function findRabbitServer() {
  const folders = [
    '/usr/lib/rabbitmq/bin',
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/opt/rabbitmq/sbin',
  ]
  return folders.map((folder) => join(folder, 'rabbitmq-server')).find((path) => existsSync(path))
}

/**
 * Starts a node and resolves when `answers(url)` says that it serves.
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>} It does not outlive this process, however that ends.
 */
export async function startRabbitNode(server, answers) {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-rabbit-'))
  const [port, distPort, epmdPort] = [await freePort(), await freePort(), await freePort()]
  const env = { ...process.env, ...settings(folder, port, distPort, epmdPort) }
  // The port mapper of Erlang, as our own child: started by the node itself it would outlive it as a daemon.
  const epmd = spawn('epmd', ['-port', String(epmdPort)], { env, stdio: 'ignore' })
  epmd.once('error', () => undefined) // Not on the PATH: then the node starts one, and `epmd -kill` below is not there either.
  const output = []
  const node = spawn(server, [], { env, cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [node.stdout, node.stderr]) stream.on('data', (chunk) => output.push(chunk))
  const ended = new Promise((resolve) => {
    node.once('close', resolve)
    node.once('error', resolve)
  })

  const kill = () => {
    signalGroup(node, 'SIGKILL')
    epmd.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  process.once('exit', kill)
  const stop = async () => {
    signalGroup(node, 'SIGTERM')
    await Promise.race([ended, sleep(STOP_TIMEOUT, undefined, { ref: false })])
    spawnSync('epmd', ['-port', String(epmdPort), '-kill'], { env, stdio: 'ignore' })
    process.off('exit', kill)
    kill()
  }

  const url = `amqp://guest:guest@127.0.0.1:${port}/`
  const deadline = Date.now() + START_TIMEOUT
  while (!(await answers(url))) {
    if (node.exitCode === null && node.pid !== undefined && Date.now() < deadline) {
      await sleep(300)
      continue
    }
    const log = logOf(folder) + Buffer.concat(output).toString('utf8')
    await stop()
    throw new Advice(`${server} did not start a node on port ${port}. Its last words:\n${log.slice(-4000)}`)
  }
  return { url, stop }
}

function settings(folder, port, distPort, epmdPort) {
  const name = `tocsin-${randomBytes(4).toString('hex')}@localhost`
  const file = (base, text) => {
    writeFileSync(join(folder, base), text)
    return join(folder, base)
  }
  return {
    HOME: folder, // the Erlang cookie
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(epmdPort),
    ERL_FLAGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    RABBITMQ_NODENAME: name,
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_DIST_PORT: String(distPort),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(folder, 'config'),
    RABBITMQ_FEATURE_FLAGS_FILE: join(folder, 'feature_flags'),
    RABBITMQ_CONF_ENV_FILE: file('rabbitmq-env.conf', ''),
    RABBITMQ_CONFIG_FILE: file(
      'rabbitmq.conf',
      'disk_free_limit.absolute = 50MB\nvm_memory_high_watermark.absolute = 1GB\n',
    ),
    RABBITMQ_ENABLED_PLUGINS_FILE: file('enabled_plugins', '[].\n'),
    RABBITMQ_ADVANCED_CONFIG_FILE: file('advanced.config', '[].\n'),
  }
}

function signalGroup(child, signal) {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

function logOf(folder) {
  const log = spawnSync('sh', ['-c', `cat "${folder}"/log/*.log`], { encoding: 'utf8' })
  return log.stdout ?? ''
}
