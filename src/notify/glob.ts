/**
 * A shell-style glob (`*`, `?`, `[abc]`, `[!abc]`) as a regular expression for the whole string, case-sensitive.
 * source: Python's fnmatch.translate
 */
export function globToRegExp(glob: string): RegExp {
  let source = ''
  for (let at = 0; at < glob.length; at++) {
    const sign = glob.charAt(at)
    if (sign === '*') {
      // Several stars in a row say no more than one, and would make the match slower.
      if (!source.endsWith('.*')) source += '.*'
    } else if (sign === '?') {
      source += '.'
    } else if (sign === '[') {
      const end = glob.indexOf(']', glob.charAt(at + 1) === '!' ? at + 3 : at + 2)
      if (end === -1) {
        source += '\\['
      } else {
        const inner = glob
          .slice(at + 1, end)
          .replaceAll('\\', '\\\\')
          .replaceAll(']', '\\]')
        source += `[${inner.replace(/^!/, '^').replace(/^\^(?=\^)/, '^\\')}]`
        at = end
      }
    } else {
      source += sign.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
    }
  }
  return new RegExp(`^${source}$`, 's')
}
