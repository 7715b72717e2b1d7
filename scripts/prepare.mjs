/** What must be there before anything of ours runs: the packages, and the built library. */

import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'

import { Advice, must, root, say } from './step.mjs'

/** Installs the packages when they are missing or older than package.json asks for. */
export async function installWhatIsMissing() {
  const why = whyInstall()
  if (why === undefined) return
  say(`npm install (${why})`)
  // Not `npm ci`: it stops when the lock lacks another platform's optional builds, which npm drops where a registry has none.
  await must('npm', ['install', '--no-audit', '--no-fund'])
}

/** Builds dist/. It takes about two seconds, so it is done each time rather than guessed at. Its output shows when it fails. */
export function build() {
  say('build dist/')
  const done = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, encoding: 'utf8' })
  if (done.status !== 0)
    throw new Advice(`${done.stdout}${done.stderr}\n\`npm run build\` failed; its output is above`)
}

function whyInstall() {
  const installed = statSync(`${root}/node_modules/.package-lock.json`, { throwIfNoEntry: false })
  if (installed === undefined) return 'node_modules is absent'
  const { dependencies, devDependencies } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))
  const missing = Object.keys({ ...dependencies, ...devDependencies }).filter(
    (name) => statSync(`${root}/node_modules/${name}/package.json`, { throwIfNoEntry: false }) === undefined,
  )
  if (missing.length > 0) return `missing: ${missing.join(', ')}`
  if (statSync(`${root}/package-lock.json`).mtimeMs > installed.mtimeMs)
    return 'package-lock.json is newer than node_modules'
  return undefined
}
