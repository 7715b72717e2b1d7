/** RabbitMQ nodes of our own: an installed rabbitmq-server, started with its own name, ports and folders, and without a trace at the end. */

import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { Advice, freePort } from './step.mjs'

const START_TIMEOUT = 90_000
const STOP_TIMEOUT = 15_000
const CTL_TIMEOUT = 60_000

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

/** Logs in and opens the virtual host; what went wrong, or `undefined`. */
export async function brokerFault(url) {
  // Loaded late: the packages are installed by now, but were not when this file was loaded.
  const { default: amqplib } = await import('amqplib')
  try {
    const connection = await amqplib.connect(url, { timeout: 5_000 })
    connection.on('error', () => undefined)
    await connection.close()
    return undefined
  } catch (error) {
    return error
  }
}

/** One node. It does not outlive this process, however that ends. */
export class RabbitNode {
  /** Of its AMQP listener on 127.0.0.1. */
  port
  /** Erlang's name of it, `tocsin-...@localhost`. */
  name = `tocsin-${randomBytes(4).toString('hex')}@localhost`
  /** Holds data, logs and settings; gone after `remove()`. */
  folder = mkdtempSync(join(tmpdir(), 'tocsin-rabbit-'))
  #server
  #mapper
  #env
  #process
  #ended = Promise.resolve()
  #onExit = () => this.#vanish()

  constructor(server, mapper) {
    this.#server = server
    this.#mapper = mapper ?? new PortMapper(this.folder)
    process.once('exit', this.#onExit)
  }

  /**
   * Resolves when the node serves, with guest/guest.
   * @param {object} options
   * @param {string} [options.config] further lines of rabbitmq.conf
   * @param {readonly string[]} [options.plugins]
   * @param {RabbitNode} [options.beside] a node it can form a cluster with
   * @param {string} [options.server] path of rabbitmq-server; default: an installed one
   */
  static async start({ config = '', plugins = [], beside, server } = {}) {
    const path = server ?? findRabbitServer()
    if (path === undefined) throw new Advice('There is no rabbitmq-server: apt-get install rabbitmq-server')
    const node = new RabbitNode(path, beside?.#mapper)
    await node.#mapper.start()
    node.port = await freePort()
    node.#env = { ...process.env, ...node.#settings(config, plugins, await freePort()) }
    try {
      await node.restart()
    } catch (error) {
      await node.remove()
      throw error
    }
    return node
  }

  get url() {
    return `amqp://guest:guest@127.0.0.1:${this.port}/`
  }

  /** Of its process group, whose leader is the start script. */
  get pid() {
    return this.#process?.pid
  }

  /** Starts it, with the same port and data, unless it runs. Resolves when it serves. */
  async restart() {
    if (this.#process === undefined) this.#spawn()
    const process = this.#process
    const deadline = Date.now() + START_TIMEOUT
    while ((await brokerFault(this.url)) !== undefined) {
      if (process === this.#process && Date.now() < deadline) {
        await sleep(200)
        continue
      }
      throw new Advice(
        `${this.#server} did not start a node on port ${this.port}. Its last words:\n${this.log().slice(-4000)}`,
      )
    }
  }

  /** kill -9. Resolves when it is gone. */
  async kill() {
    signalGroup(this.#process, 'SIGKILL')
    await this.#gone()
  }

  /** Stops as an operator would. Resolves when it is gone; killed after 15 seconds. */
  async shutDown() {
    signalGroup(this.#process, 'SIGTERM')
    await Promise.race([this.#ended, sleep(STOP_TIMEOUT, undefined, { ref: false })])
    await this.kill()
  }

  /** Stands still, with its sockets open, until `resume()`. */
  pause() {
    signalGroup(this.#process, 'SIGSTOP')
  }

  resume() {
    signalGroup(this.#process, 'SIGCONT')
  }

  /** rabbitmqctl. Resolves with what it printed; rejects with what went wrong. */
  async ctl(...args) {
    const child = spawn(join(dirname(this.#server), 'rabbitmqctl'), ['-n', this.name, ...args], {
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: CTL_TIMEOUT,
    })
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        printed += text
      })
    }
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error(`rabbitmqctl ${args.join(' ')} ended with ${code}: ${printed}`)
    return printed
  }

  /** What it logged and printed. */
  log() {
    return spawnSync('sh', ['-c', `cat "${this.folder}"/log/*.log "${this.folder}/output"`], {
      encoding: 'utf8',
    }).stdout
  }

  /** Ends it and deletes its folder. Idempotent. */
  async remove() {
    await this.shutDown()
    this.#mapper.release(this)
    process.off('exit', this.#onExit)
    this.#vanish()
  }

  #spawn() {
    const output = openSync(join(this.folder, 'output'), 'a')
    const child = spawn(this.#server, [], {
      env: this.#env,
      cwd: this.folder,
      detached: true,
      stdio: ['ignore', output, output],
    })
    this.#process = child
    // For who has to end it when this process can't any more.
    if (child.pid !== undefined) writeFileSync(join(this.folder, 'group'), String(child.pid))
    this.#ended = new Promise((resolve) => {
      const end = () => {
        if (this.#process === child) this.#process = undefined
        resolve()
      }
      child.once('exit', end)
      child.once('error', end)
    })
  }

  /** The start script ends a little before the node that it started. */
  async #gone() {
    await this.#ended
    while (await accepts(this.port)) await sleep(20)
  }

  #vanish() {
    signalGroup(this.#process, 'SIGKILL')
    this.#mapper.release(this)
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }

  #settings(config, plugins, distPort) {
    const at = (name) => join(this.folder, name)
    const file = (name, text) => {
      writeFileSync(at(name), text)
      return at(name)
    }
    this.#mapper.use(this)
    return {
      ...this.#mapper.settings,
      ERL_FLAGS: '-kernel inet_dist_use_interface {127,0,0,1}',
      RABBITMQ_NODENAME: this.name,
      RABBITMQ_NODE_PORT: String(this.port),
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_DIST_PORT: String(distPort),
      RABBITMQ_MNESIA_BASE: at('mnesia'),
      RABBITMQ_LOG_BASE: at('log'),
      RABBITMQ_PID_FILE: at('pid'),
      RABBITMQ_GENERATED_CONFIG_DIR: at('config'),
      RABBITMQ_FEATURE_FLAGS_FILE: at('feature_flags'),
      RABBITMQ_CONF_ENV_FILE: file('rabbitmq-env.conf', ''),
      RABBITMQ_CONFIG_FILE: file(
        'rabbitmq.conf',
        `disk_free_limit.absolute = 50MB\nvm_memory_high_watermark.absolute = 1GB\n${config}\n`,
      ),
      RABBITMQ_ENABLED_PLUGINS_FILE: file('enabled_plugins', `[${plugins.join(',')}].\n`),
      RABBITMQ_ADVANCED_CONFIG_FILE: file('advanced.config', '[].\n'),
    }
  }
}

/** Nodes of one cluster, the first of which the others joined. Resolves when all serve. */
export async function startCluster(count, options = {}) {
  const first = await RabbitNode.start(options)
  const nodes = [first]
  try {
    while (nodes.length < count) {
      const node = await RabbitNode.start({ ...options, beside: first })
      nodes.push(node)
      await node.ctl('stop_app')
      await node.ctl('reset')
      await node.ctl('join_cluster', first.name)
      await node.ctl('start_app')
    }
    for (const node of nodes) await node.restart()
  } catch (error) {
    for (const node of nodes) await node.remove()
    throw error
  }
  return nodes
}

/** Erlang's port mapper, as our own child: started by a node it would outlive it as a daemon. With it, what nodes of one cluster share. */
class PortMapper {
  settings
  #home
  #process
  #users = new Set()

  constructor(home) {
    this.#home = home
  }

  /** Once. */
  async start() {
    if (this.settings !== undefined) return
    const port = String(await freePort())
    // The home holds the cookie by which nodes trust one another.
    this.settings = { HOME: this.#home, ERL_EPMD_ADDRESS: '127.0.0.1', ERL_EPMD_PORT: port }
    writeFileSync(join(this.#home, '.erlang.cookie'), randomBytes(12).toString('hex'), { mode: 0o400 })
    const env = { ...process.env, ...this.settings }
    this.#process = spawn('epmd', ['-port', port], { env, stdio: 'ignore' })
    // Not on the PATH: then the node starts one, and `epmd -kill` is not there either.
    this.#process.once('error', () => undefined)
  }

  use(node) {
    this.#users.add(node)
  }

  release(node) {
    if (!this.#users.delete(node) || this.#users.size > 0) return
    spawnSync('epmd', ['-port', this.settings.ERL_EPMD_PORT, '-kill'], { stdio: 'ignore' })
    this.#process.kill('SIGKILL')
  }
}

function signalGroup(child, signal) {
  if (child?.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const answer = (is) => () => {
      socket.destroy()
      resolve(is)
    }
    socket.once('connect', answer(true))
    socket.once('error', answer(false))
  })
}
