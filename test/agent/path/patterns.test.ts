import { expect, test } from '@jest/globals'
import { compileMatch } from '../../../src/agent/path/match-text.js'
import { compileSubstitution } from '../../../src/agent/path/substitution.js'

test.each<[pattern: string, yes: readonly string[], no: readonly string[]]>([
  ['probe.x', ['probe.x', 'probeXx.y'], ['a.probe.x', 'probe']],
  ['probe\\.x$', ['probe.x', 'probe.x\n'], ['probe.x.y', 'probeXx']],
  ['\\Aprobe\\Z', ['probe'], ['probe\n', 'probes']],
  [
    'compute.instance.(?!create.start|update).*',
    ['compute.instance.create.end', 'compute.instance.'],
    ['compute.instance.update', 'compute.instance.create.start'],
  ],
  ['probe|other', ['probe.x', 'other'], ['another']],
  ['pro[b|d]e', ['probe', 'prode', 'pro|e'], ['proe']],
  ['probes?', ['probe', 'probes'], ['prob']],
  ['a*b', ['b', 'aab'], ['c']],
  ['a{2}b', ['aab'], ['ab']],
  ['a\\|b', ['a|b'], ['a', 'b']],
  ['(?i)PROBE', ['probe'], ['prob']],
  ['(?x) probe \\. x  # spaces', ['probe.x'], ['probe . x']],
  ['(?P<k>p)robe', ['probe'], ['robe']],
  ['(a|b)\\1', ['aa', 'bb'], ['ab']],
  ['a++b', ['aab'], ['b']],
  ['a++ab', [], ['aab']],
  ['a?+a', ['aa'], ['a']],
  ['a{1,2}+a', ['aaa'], ['aa']],
  ['(?>a+)b', ['aab'], ['a']],
  ['(?>a|ab)c', ['ac'], ['abc']],
  ['(x)(?>a+)(b)\\2\\1', ['xaabbx'], ['xaabxb']],
  ['(?a)\\w\\.', ['a.'], ['é.', 'ab.']],
  ['(?a:\\w)\\w', ['aé'], ['éa']],
  ['(?i:T)\\.A', ['t.A', 'T.A'], ['t.a']],
  ['(?i-s:T.A)', ['t.a', 'TxA'], ['t\na']],
  ['(?i)t(?-i:a)', ['Ta', 'ta'], ['tA']],
  ['(?i:[a-c]+)d', ['aBCd'], ['aBCD']],
  ['(?i:ÄSS)', ['äss'], ['aß']],
  ['(?s:.)a', ['\na'], ['a']],
  ['.(?-s:.)a', ['xya'], ['x\na']],
  ['a\\n(?m:^)b', ['a\nb'], ['ab']],
  ['(?x: a \\. ) b', ['a. b'], ['a.b']],
  ['(?x) a  + # many', ['aa'], ['b']],
  ['\\164\\.(\\w)\\1', ['t.aa'], ['t.ab']],
  ['(?:[^a]b){2}\\Z', ['cbcb'], ['abab']],
  ['(x)(?:[^a]b){2}\\1', ['xcbcbx'], ['xababx']],
  ['(?=a)*b', ['b'], ['c']],
  ['(a+)(?<=a{2}(?=b))(?:(?<=aa)|x)b\\1', ['aabaa'], ['ab']],
  ['\\w+\\.\\w$', ['pr\u00f6be.\u00e9'], ['probe.xy']],
  ['', ['', 'anything'], []],
])('%s matches as in Python', (pattern, yes, no) => {
  const matches = compileMatch(pattern)
  expect(yes.filter((text) => !matches(text))).toEqual([])
  expect(no.filter(matches)).toEqual([])
})

test.each([
  '(',
  '[a',
  'a**',
  'a*?+',
  '^*',
  '(?P<k>a)(?P<k>b)',
  '\\8(',
  '(a\\1)',
  '(?<k>a)',
  '(?i-i:a)',
  '(?-a:a)',
  'a(?i)b',
  '[\\d-a]',
  '[z-a]',
  '\\X41',
  '(?au)a',
  '(?<=a+)b',
  '(?<!ab|c)d',
  '(a?)(?<=\\1)',
])('%s is refused', (pattern) => {
  expect(() => compileMatch(pattern)).toThrow(expect.objectContaining({ code: 'INVALID_PATTERN' }))
})

test.each<[pattern: string, replacement: string, text: string, result: string]>([
  ['[aeiou]', '_', 'eins.zwei', '__ns.zw__'],
  ['^', 'p-', 'a\nb', 'p-a\nb'],
  ['(?m)^', 'p-', 'a\nb', 'p-a\np-b'],
  ['$', '-e', 'a\n', 'a-e\n-e'],
  ['.*', '', 'a\nb', '\n'],
  ['(?s).*', 'x', 'a\nb', 'xx'],
  ['(\\w+)\\.(\\w+)', '\\2-\\1', 'a.b', 'b-a'],
  ['(?P<n>z)', '\\g<n>\\g<0>', 'z', 'zz'],
  ['(a)|(b)', '<\\1\\2>', 'ab', '<a><b>'],
  ['a', '$1$&', 'a', '$1$&'],
  ['a', '\\n\\\\', 'a', '\n\\'],
  ['\\d', '#', '1\u0662', '##'],
  ['\\s+', ' ', 'a\u00a0\tb', 'a b'],
  ['[^\\w.]', '', 'a-b.c', 'ab.c'],
  ['[]a]', '', 'a]b', 'b'],
  ['a++', '-', 'baab', 'b-b'],
  ['(?>(a)b?)(c)', '\\2\\1', 'abc', 'ca'],
  ['(?P<n>a)(?P=n)', '<\\g<n>\\g<1>>', 'aa', '<aa>'],
  ['(?a)\\w', '_', 'aé', '_é'],
  ['a', '\\101', 'a', 'A'],
])('%s to %s in %j gives %j', (pattern, replacement, text, result) => {
  expect(compileSubstitution(pattern, replacement)(text)).toBe(result)
})

test.each([
  ['(', ''],
  ['a', '\\1'],
  ['a', '\\g<n>'],
  ['a', '\\q'],
  ['a', '\\777'],
  ['(a)(?(1)b)', ''],
])('%s to %s is refused', (pattern, replacement) => {
  expect(() => compileSubstitution(pattern, replacement)).toThrow(SyntaxError)
})
