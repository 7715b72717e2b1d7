/**
 * Secrets out of log lines: by the names of keys, and by what looks like `key=value` in texts. Linear in the length of the text, whatever a
 * sender puts in it. source: oslo_utils/strutils.py (mask_dict_password, mask_password)
 */

const secretWords = [
  'adminpass',
  'admin_pass',
  'password',
  'auth_token',
  'new_pass',
  'secret',
  'sys_pswd',
  'token',
  'configdrive',
  'encrypted_key',
  'private_key',
  'fernetkey',
  'sslkey',
  'passphrase',
  'cephclusterfsid',
  'octaviaheartbeatkey',
  'rabbitcookie',
  'cephmanilaclientkey',
  'pacemakerremoteauthkey',
  'designaterndckey',
  'cephadminkey',
  'heatauthencryptionkey',
  'cephclientkey',
  'keystonecredential',
  'barbicansimplecryptokek',
  'cephrgwkey',
  'swifthashsuffix',
  'migrationsshkey',
  'cephmdskey',
  'cephmonkey',
]
// 'chappassword', 'admin_password', 'auth_password', 'secret_uuid' and 'chapsecret' of the original's list contain one of these.

const mask = '***'

/** Whether the value of such a key is a secret: its lower-case form contains one of the words. */
export function isSecretKey(key: string): boolean {
  const folded = key.toLowerCase()
  return secretWords.some((word) => folded.includes(word))
}

/** The value as JSON, its secrets replaced by `***`; the value itself is not touched. Throws what JSON.stringify throws. */
export function maskedJson(value: unknown): string {
  return JSON.stringify(value, (key, member: unknown) => {
    if (isSecretKey(key)) return mask
    return typeof member === 'string' ? maskSecretsInText(member) : member
  })
}

// A word, then what makes it a key. The word is tried at its first sign only (the lookbehind), so that no text is scanned twice.
const keyPattern =
  /(?<![\w-])([\w-]+)(?:(?<equals>\\*["']?\s*=\s*)|(?<colon>\\*["']\s*:\s*u?)|(?<tag>>)|(?<blank>\s+))/g
// Sticky: what the value is, by how the key ended. An unfinished quote is masked to the end of the text.
const quoted = `\\\\*"[^"]*"?|\\\\*'[^']*'?`
const valuePatterns = {
  equals: new RegExp(`${quoted}|[^\\s"']+`, 'y'),
  colon: new RegExp(`${quoted}|[^\\s"',{}[\\]]+`, 'y'),
  tag: /[^<]+/y,
  blank: new RegExp(quoted, 'y'),
  flag: new RegExp(`${quoted}|[^\\s"'=]+`, 'y'),
}

/**
 * The text with the values of keys that name a secret replaced: `token=abc`, `password = "a b"`, `"auth_token": "abc"`, `--password abc`,
 * `password 'abc'`, `<token>abc</token>`.
 */
export function maskSecretsInText(text: string): string {
  if (!isSecretKey(text)) return text
  let masked = ''
  let from = 0
  keyPattern.lastIndex = 0
  for (let key = keyPattern.exec(text); key !== null; key = keyPattern.exec(text)) {
    const word = key[1] ?? ''
    if (!isSecretKey(word)) continue
    const kind = kindOf(key, text)
    if (kind === undefined) continue
    const value = valuePatterns[kind]
    value.lastIndex = keyPattern.lastIndex
    const found = value.exec(text)?.[0]
    if (found === undefined) continue
    const start = keyPattern.lastIndex
    masked += text.slice(from, start) + maskValue(found)
    from = start + found.length
    keyPattern.lastIndex = from
  }
  return masked + text.slice(from)
}

/** Keeps the quotes, be they escaped or not. */
function maskValue(value: string): string {
  const opening = /^\\*["']/.exec(value)?.[0] ?? ''
  const closing = opening === '' ? '' : (/(?<!\\)\\*["']$/.exec(value.slice(opening.length))?.[0] ?? '')
  return opening + mask + closing
}

function kindOf(key: RegExpExecArray, text: string): keyof typeof valuePatterns | undefined {
  const groups = key.groups ?? {}
  if (groups['equals'] !== undefined) return 'equals'
  if (groups['colon'] !== undefined) return 'colon'
  if (groups['tag'] !== undefined) return text.charAt(key.index - 1) === '<' ? 'tag' : undefined
  return key[1]?.startsWith('--') === true ? 'flag' : 'blank'
}
