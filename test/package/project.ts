/** Projects of users: fresh folders outside the repository with the packed library installed in them. */
import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

/** Packs dist/ as it would be published; resolves with the tarball's path. */
export async function pack(folder: string): Promise<string> {
  if (!existsSync(join(root, 'dist/index.js')))
    throw new Error("dist/ is missing: run 'npm run build' before these tests")
  const { stdout } = await execute(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
    { cwd: root },
  )
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }]
  return join(folder, filename)
}

export class Project implements Disposable {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  /** Copies a folder of `projects`, and installs the tarball there with what it depends on. */
  static async create(name: string, tarball: string, type: 'module' | 'commonjs'): Promise<Project> {
    const folder = mkdtempSync(join(tmpdir(), `tocsin-${name}-`))
    cpSync(fileURLToPath(new URL(`./projects/${name}`, import.meta.url)), folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, private: true, type }))
    await execute(
      'npm',
      ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', tarball],
      {
        cwd: folder,
      },
    )
    return new Project(folder)
  }

  /** Makes a package of our own node_modules visible, as if it were installed here. */
  link(name: string): void {
    const path = join(this.folder, 'node_modules', name)
    mkdirSync(join(path, '..'), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), path)
  }

  has(path: string): boolean {
    return existsSync(join(this.folder, path))
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8')
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.folder, path), text)
  }

  /** What a program of the project prints on both streams. Rejects when it fails, or leaves something open for 20 seconds. */
  async node(...args: string[]): Promise<string> {
    const { stdout, stderr } = await execute(process.execPath, args, { cwd: this.folder, timeout: 20_000 })
    return stdout + stderr
  }

  /** Type-checks by a compiler of ours; what it complains of, `''` for nothing. */
  async tsc(compiler: Compiler, ...args: string[]): Promise<string> {
    try {
      await execute(process.execPath, [join(root, 'node_modules', COMPILERS[compiler]), ...args], {
        cwd: this.folder,
      })
      return ''
    } catch (error) {
      return (error as { stdout: string }).stdout
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

type Compiler = 'TypeScript 6' | 'TypeScript 7'

const COMPILERS: Record<Compiler, string> = {
  'TypeScript 6': 'typescript/bin/tsc6',
  'TypeScript 7': '@typescript/native/bin/tsc',
}
