/** Installs Debian packages, where this user may. */

import { existsSync, rmSync, writeFileSync } from 'node:fs'

import { isRoot, must, say, succeeds } from './step.mjs'

/** Whether packages can be installed: root, on a system with apt-get. */
export const canUseApt = () => isRoot() && succeeds('apt-get', ['--version'])

/** Installs a package without starting the service that may come with it. */
export async function aptInstall(name) {
  say(`apt-get install ${name}`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const release = forbidServices()
  try {
    // Another installation on this machine is waited for.
    const patient = ['-o', 'DPkg::Lock::Timeout=300']
    await must('apt-get', [...patient, 'update', '-qq'], { env })
    await must('apt-get', [...patient, 'install', '-y', '-qq', '--no-install-recommends', name], { env })
  } finally {
    release()
  }
}

/** Debian's own switch for "install, do not start": a policy-rc.d that answers 101. One that is already there is left alone. */
function forbidServices() {
  const policy = '/usr/sbin/policy-rc.d'
  if (existsSync(policy)) return () => undefined
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  return () => rmSync(policy, { force: true })
}
