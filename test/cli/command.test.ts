/** What every command has in common: help, the version, and what is not there. */
import { readFileSync } from 'node:fs'

import { expect, test } from '@jest/globals'

import { tocsin, tocsinHere } from './tocsin.js'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

test.each(['--version', '-V'])('%s says the version of the package', async (word) => {
  expect(await tocsin([word])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
})

test.each([['--help'], ['-h'], ['help'], ['agent', '--help'], ['agent', '-h'], ['agent', 'run', '-h']])(
  '%s %s %s lists the commands',
  async (...words) => {
    const { code, stdout, stderr } = await tocsinHere(words)
    expect([code, stderr]).toEqual([0, ''])
    for (const command of ['run', 'check', 'convert', 'status'])
      expect(stdout).toContain(`tocsin agent ${command} `)
    expect(stdout).toContain('tocsin --version')
  },
)

test('nothing at all lists them too, and ends with 2', async () => {
  expect(await tocsinHere([])).toMatchObject({ code: 2, stdout: expect.stringContaining('tocsin agent run') })
})

test('what is no command is named', async () => {
  const { code, stderr } = await tocsinHere(['agent', 'rnu'])
  expect([code, stderr]).toEqual([2, expect.stringContaining("there is no command 'agent rnu'")])
})
