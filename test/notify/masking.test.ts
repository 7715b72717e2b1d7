/** source: oslo_utils/tests/test_strutils.py (MaskPasswordTestCase, MaskDictionaryPasswordTestCase) */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'

import { isSecretKey, maskedJson, maskSecretsInText } from '../../src/notify/masking.js'

describe('keys', () => {
  // The original's whole list, as it stands there.
  const listed =
    'adminpass admin_pass password admin_password auth_token new_pass auth_password secret_uuid secret sys_pswd token configdrive ' +
    'chappassword encrypted_key private_key fernetkey sslkey passphrase cephclusterfsid octaviaheartbeatkey rabbitcookie ' +
    'cephmanilaclientkey pacemakerremoteauthkey designaterndckey cephadminkey heatauthencryptionkey cephclientkey keystonecredential ' +
    'barbicansimplecryptokek cephrgwkey swifthashsuffix migrationsshkey cephmdskey cephmonkey chapsecret'

  test.each(listed.split(' '))('%s is a secret, in any case and within other words', (word) => {
    expect([word, word.toUpperCase(), `my_${word}_1`].map(isSecretKey)).toEqual([true, true, true])
  })

  test.each(['', 'user', 'pass', 'key', 'tok en', 'id'])('%j is not', (key) => {
    expect(isSecretKey(key)).toBe(false)
  })
})

describe('values', () => {
  const rows: [unknown, unknown][] = [
    [
      { password: 'a', user: 'bob' },
      { password: '***', user: 'bob' },
    ],
    [
      { nested: { list: [{ OS_TOKEN: 'a' }, 'token=a', 7] } },
      { nested: { list: [{ OS_TOKEN: '***' }, 'token=***', 7] } },
    ],
    [
      { secret: { deep: 'a' }, token: ['a'], password: null },
      { secret: '***', token: '***', password: '***' },
    ],
    [{ note: 'password=a user=bob' }, { note: 'password=*** user=bob' }],
    ['token=a', 'token=***'],
    [null, null],
    [
      [1, true, null],
      [1, true, null],
    ],
    [{ at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
    [JSON.parse('{"__proto__":{"token":"a"}}'), JSON.parse('{"__proto__":{"token":"***"}}')],
  ]

  test.each(rows)('%j becomes %j', (value, wanted) => {
    const before = structuredClone(value)
    expect(JSON.parse(maskedJson(value))).toEqual(wanted)
    expect(value).toEqual(before)
  })

  test('a frozen value is no trouble', () => {
    expect(maskedJson(Object.freeze({ token: 'a' }))).toBe('{"token":"***"}')
  })
})

describe('texts', () => {
  const rows: [string, string][] = [
    ['token=abc', 'token=***'],
    ['password = abc def', 'password = *** def'],
    ['password="a b" c', 'password="***" c'],
    ["password='a b' c", "password='***' c"],
    ['adminPass1=abc', 'adminPass1=***'],
    ['password="never closed', 'password="***'],
    ['user=bob password=abc host=h', 'user=bob password=*** host=h'],
    ['msg="token=abc"', 'msg="token=***"'],
    ['{"password": "abc", "user": "bob"}', '{"password": "***", "user": "bob"}'],
    ["{'auth_token': u'abc', 'x': 1}", "{'auth_token': u'***', 'x': 1}"],
    ['{"token": 12345, "x": 1}', '{"token": ***, "x": 1}'],
    ['{\\"password\\": \\"abc\\", \\"x\\": 1}', '{\\"password\\": \\"***\\", \\"x\\": 1}'],
    ['{"os_password_new":"abc"}', '{"os_password_new":"***"}'],
    ['<adminPass>abc</adminPass><x>y</x>', '<adminPass>***</adminPass><x>y</x>'],
    ['login --password abc --user bob', 'login --password *** --user bob'],
    ['login --os-auth_token "a b"', 'login --os-auth_token "***"'],
    ["set password 'abc'", "set password '***'"],
    ['os.password=abc', 'os.password=***'],
    ['the token was wrong', 'the token was wrong'],
    ['passwd=abc', 'passwd=abc'],
    ['token=', 'token='],
    ['', ''],
  ]

  test.each(rows)('%s', (text, wanted) => {
    expect(maskSecretsInText(text)).toBe(wanted)
  })

  test('whatever is around it, a value after token= is gone', () => {
    const around = fc.string({
      unit: fc.constantFrom('a', '"', "'", '\\', ' ', '=', ':', '<', '>', '{', 'token', 'x='),
    })
    fc.assert(
      fc.property(around, around, (before, after) => {
        expect(maskSecretsInText(`${before} token=hunter2 ${after}`)).not.toContain('hunter2')
      }),
    )
  })

  test.each([
    'token',
    'token ',
    'token=',
    'token"',
    '"token": ',
    '\\',
    'token\\',
    '<token>',
    '--token ',
    'a-',
    ' ',
    "'",
  ])('a long row of %j takes linear time', (piece) => {
    const long = `token ${piece.repeat(200_000)}`
    const start = performance.now()
    maskSecretsInText(long)
    expect(performance.now() - start).toBeLessThan(2_000)
  })
})
