/** How publishers of OpenStack's services say who they are: Keystone, basic, or names that are believed (noauth). */
import type { HttpClient } from './http-client.js'
import { basicLogin } from './http-target.js'
import { Keystone } from './keystone.js'
import { misconfigured } from './publish-failure.js'
import { hidePasswords, type PublisherURL } from './publisher-url.js'
import { choice, type OptionRule, type OptionValues, words } from './url-options.js'

interface LoginRules {
  readonly auth: OptionRule<'keystone' | 'basic' | 'noauth'>
  readonly auth_url: OptionRule<string | undefined>
  readonly project_name: OptionRule<string | undefined>
  readonly user_domain_name: OptionRule<string | undefined>
  readonly project_domain_name: OptionRule<string | undefined>
  readonly region: OptionRule<string | undefined>
  readonly interface: OptionRule<string | undefined>
  readonly project_id: OptionRule<string | undefined>
  readonly roles: OptionRule<string | undefined>
  readonly [name: string]: OptionRule<unknown>
}

/** User and password are those of the URL; with Keystone, what is absent is taken from `OS_*`. */
export const loginRules: LoginRules = {
  auth: choice(['keystone', 'basic', 'noauth'], 'keystone'),
  auth_url: words(),
  project_name: words(),
  user_domain_name: words(),
  project_domain_name: words(),
  region: words(),
  interface: words(),
  /** Of noauth. */
  project_id: words(),
  roles: words('admin'),
}

/** What requests need. */
export interface Session {
  readonly headers: Readonly<Record<string, string>>
  /** From the catalogue. */
  readonly endpoint?: string | undefined
  readonly projectId?: string | undefined
  readonly projectName?: string | undefined
}

export interface OpenstackLogin {
  /** Rejects with PublishFailure. */
  session(signal: AbortSignal): Promise<Session>
  /** The last session was not taken: the next is another. False = there is no other. */
  renew(): boolean
}

/** `service`: its type in the catalogue. Adds to `problems` what is missing; the login is of no use then. */
export function openstackLogin(
  url: PublisherURL,
  values: OptionValues<LoginRules>,
  { client, service }: { readonly client: HttpClient; readonly service: string },
  environment: Readonly<Record<string, string | undefined>>,
  problems: string[],
): OpenstackLogin {
  if (values.auth === 'basic') return fixed(basicLogin(url.username || 'admin', url.password))
  if (values.auth === 'noauth') {
    return fixed({
      'X-User-Id': url.username || 'admin',
      ...(values.project_id === undefined ? {} : { 'X-Project-Id': values.project_id }),
      'X-Roles': values.roles ?? 'admin',
    })
  }
  const wanted = (option: string, given: string | undefined, variable: string): string => {
    const value = given || environment[variable]
    if (!value) problems.push(`auth=keystone wants ${option}, or ${variable} in the environment`)
    return value ?? ''
  }
  const authUrl = wanted(`the option 'auth_url'`, values.auth_url, 'OS_AUTH_URL')
  if (authUrl !== '' && !/^https?:\/\/[^/]/.test(authUrl))
    problems.push(`'auth_url' (OS_AUTH_URL) wants an address that begins with http:// or https://`)
  const keystone = new Keystone(
    client,
    {
      authUrl,
      username: wanted('a user in the URL', url.username, 'OS_USERNAME'),
      password: wanted('a password in the URL', url.password, 'OS_PASSWORD'),
      projectName: wanted(`the option 'project_name'`, values.project_name, 'OS_PROJECT_NAME'),
      userDomain: values.user_domain_name ?? environment['OS_USER_DOMAIN_NAME'] ?? 'default',
      projectDomain: values.project_domain_name ?? environment['OS_PROJECT_DOMAIN_NAME'] ?? 'default',
      region: values.region ?? environment['OS_REGION_NAME'],
      interface: values.interface ?? environment['OS_INTERFACE'] ?? 'public',
    },
    service,
  )
  return {
    async session(signal) {
      const { token, endpoint, projectId, projectName } = await keystone.token(signal)
      if (url.hostname === '' && endpoint === undefined) {
        const text = `${url.safe}: the catalogue of ${hidePasswords(authUrl)} has no service of type '${service}'; name a host in the URL`
        throw misconfigured(text)
      }
      return { headers: { 'X-Auth-Token': token }, endpoint, projectId, projectName }
    },
    renew() {
      keystone.forget()
      return true
    },
  }
}

function fixed(headers: Readonly<Record<string, string>>): OpenstackLogin {
  return { session: () => Promise.resolve({ headers }), renew: () => false }
}
