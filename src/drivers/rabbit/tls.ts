/** TLS: what a URL says of it, and what to do when a broker and we do not agree. */
import { readFileSync } from 'node:fs'

export interface TlsOptions {
  readonly ca?: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
  readonly minVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'
  readonly checkHostname: boolean
}

type Given = Readonly<Record<string, unknown>>

const tlsVersions: Readonly<Record<string, NonNullable<TlsOptions['minVersion']>>> = {
  tlsv1: 'TLSv1',
  sslv23: 'TLSv1',
  tlsv1_1: 'TLSv1.1',
  tlsv1_2: 'TLSv1.2',
  tlsv1_3: 'TLSv1.3',
}

/** Reads the files. What is wrong, with them too, goes to `problems`: no connection would tell it as well. */
export function tlsOptions(given: Given, problems: string[]): TlsOptions {
  const version = given['ssl_version']
  const minVersion =
    typeof version === 'string' ? tlsVersions[version.toLowerCase().replace('.', '_')] : undefined
  if (typeof version === 'string' && minVersion === undefined) {
    problems.push(`'ssl_version' wants one of ${Object.keys(tlsVersions).join(', ')}; found '${version}'`)
  }
  const ca = readPem('ssl_ca_file', given, problems)
  const cert = readPem('ssl_cert_file', given, problems)
  const key = readPem('ssl_key_file', given, problems)
  for (const [one, other] of [
    ['ssl_cert_file', 'ssl_key_file'],
    ['ssl_key_file', 'ssl_cert_file'],
  ] as const) {
    if (given[one] !== undefined && given[other] === undefined)
      problems.push(`'${one}' wants '${other}' beside it; both may name one file that holds both`)
  }
  if (cert !== undefined && key !== undefined) checkPair(cert, key, problems)
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(minVersion === undefined ? {} : { minVersion }),
    checkHostname: (given['ssl_enforce_hostname_verification'] as boolean | undefined) ?? true,
  }
}

/** Files for TLS without TLS: whoever gave them did not mean to send passwords in the clear. `ssl=false` says it is meant. */
export function forgottenTls(given: Given): string[] {
  const files = ['ssl_ca_file', 'ssl_cert_file', 'ssl_key_file'].filter(
    (option) => given[option] !== undefined,
  )
  return given['ssl'] === undefined
    ? files.map(
        (option) =>
          `'${option}' is of TLS, which this URL does not ask for; write 'rabbits://' (or ssl=false)`,
      )
    : []
}

function readPem(option: string, given: Given, problems: string[]): Buffer | undefined {
  const path = given[option]
  if (typeof path !== 'string') return undefined
  try {
    const content = readFileSync(path)
    if (content.includes('-----BEGIN ')) return content
    problems.push(`'${option}' wants a PEM file ('-----BEGIN ...'); found another content in '${path}'`)
  } catch (error) {
    problems.push(
      `'${option}' wants a PEM file that can be read; found '${path}': ${(error as Error).message}`,
    )
  }
  return undefined
}

function checkPair(cert: Buffer, key: Buffer, problems: string[]): void {
  try {
    // Loaded with the first certificate of ours: it takes 5 ms, and few programs need it before they connect.
    process.getBuiltinModule('node:tls').createSecureContext({ cert, key })
  } catch (error) {
    problems.push(
      `'ssl_key_file' wants the key of the certificate in 'ssl_cert_file', without a passphrase; OpenSSL says: ${(error as Error).message}`,
    )
  }
}

/** What broke a TLS handshake, in OpenSSL's words, and what to do about it. */
export function tlsAdvice(error: TlsError): string {
  const said = (error.reason ?? error.message).trim()
  const [, advice] = advices.find(([pattern]) => pattern.test(`${error.code} ${said}`)) ?? []
  if (advice === undefined) return `${said}; check ssl_ca_file and that the certificate names this host`
  const names = error.cert?.subjectaltname
  return names === undefined ? `${said}; ${advice}` : `${said}; ${advice} (it names ${names})`
}

interface TlsError {
  readonly code?: string
  readonly message: string
  /** OpenSSL's own text, where it is OpenSSL's error. */
  readonly reason?: string
  /** The broker's, where the host name is what is wrong. */
  readonly cert?: { readonly subjectaltname?: string }
}

const ourCertificate =
  'the broker wants a certificate of ours that it knows: ssl_cert_file and ssl_key_file, of an authority that it trusts, and still valid'

// The alerts are those of the broker: what it does not like of us.
const advices: readonly (readonly [RegExp, string])[] = [
  [
    /ALTNAME/,
    'connect by a host name that the certificate names, or give the broker one that names this host; ssl_enforce_hostname_verification=false turns the check off',
  ],
  [/CERT_HAS_EXPIRED/, 'the broker needs a new certificate, or the clock of this machine is wrong'],
  [
    /CERT_NOT_YET_VALID/,
    'the certificate of the broker is not valid yet, or the clock of this machine is wrong',
  ],
  [/alert (certificate|bad certificate|unknown ca|unsupported certificate|no certificate)/, ourCertificate],
  [/alert handshake failure/, `${ourCertificate}; or it has no cipher that we have`],
  [
    /protocol version|unsupported protocol|no protocols available|wrong ssl version/i,
    'the broker has no version of TLS that we take: ssl_version is the least one',
  ],
  [
    /wrong version number|packet length too long|http request/i,
    "what answers there speaks no TLS: write 'rabbit://', or the port of TLS (5671)",
  ],
  [
    /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|CERT_UNTRUSTED|INVALID_CA|CERT_SIGNATURE/,
    'the certificate of the broker is of an authority that is not trusted here: name the file of its CA in ssl_ca_file',
  ],
]
