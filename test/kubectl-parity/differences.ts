import type { Observation } from './observe.ts'

export type ObservedField = keyof Observation

/** Cases of a theme in which we do not what kubectl does, on purpose. */
export interface Difference {
  readonly theme: string
  readonly cases: readonly string[]
  /** What differs; all else is the same. */
  readonly fields: readonly ObservedField[]
  readonly reason: string
}

/** All that is not as kubectl does it. What is listed and agrees after all fails its test. */
export const DIFFERENCES: readonly Difference[] = [
  ...differ(
    'kubectl asks for a user name and a password at the terminal where the user has no credentials. Basic authentication ' +
      'has left Kubernetes; we ask as nobody, and pass on what the server says to that.',
    ['outcome', 'requests', 'identities'],
    {
      'contexts-and-flags': ['a context without a user'],
      'kubeconfig-files': ['a user and a password in the URL'],
      'kubeconfig-merging': ['nothing but a server'],
      tokens: ['a password without a user name'],
    },
  ),
  ...differ(
    'Where nothing names a server, kubectl falls back to $KUBERNETES_MASTER or http://localhost:8080, which is not the ' +
      'cluster that was meant. We say what is missing.',
    ['outcome', 'requests', 'identities'],
    {
      'contexts-and-flags': ['a context whose cluster is not there'],
      'kubeconfig-files': ['an empty document before it', 'no server', 'an empty server'],
      'kubeconfig-merging': ['nothing at all', 'a context without a current-context'],
    },
  ),
  ...differ('What a person types is meant, whatever else the user entry has; there is nothing to guess.', ['outcome', 'requests', 'identities'], {
    'contexts-and-flags': ['--token beside basic credentials'],
  }),
  ...differ('kubectl sends the token of the file, and ignores --token. What a person types is meant.', ['requests', 'identities'], {
    tokens: ['--token before tokenFile'],
  }),
  ...differ('A password is sent over plain HTTP by kubectl where it is in the URL; we send nothing secret that way, and say so.', ['requests', 'identities'], {
    answers: ['a user in the URL over plain HTTP'],
  }),
  ...differ('kubectl follows a redirect to another server, and shows that its token. We name where it leads.', ['outcome', 'requests'], {
    answers: ['307 to another server'],
  }),
  ...differ('kubectl prints whatever kind of object comes. We look for leases in it.', ['outcome'], {
    answers: ['a list of another kind'],
  }),
  ...differ('kubectl takes an answer with the code 200 for the failure that it tells of; no API server answers so.', ['outcome'], {
    answers: ['200 with a Status that says failure'],
  }),
  ...differ("We ask for what is in the API server's cache. 504 is how it says that this is too old; we ask once more, for what is in etcd.", ['requests'], {
    answers: ['504'],
  }),
  ...differ('Retry-After may be a date (RFC 9110 10.2.3); client-go reads seconds alone.', ['outcome', 'requests'], {
    answers: ['429 with a date in Retry-After'],
  }),
  ...differ(
    'kubectl reads a bare hyphen as a value in a flow mapping, which neither YAML 1.1 nor 1.2 allows. We name the line, and ' +
      'read the file once the hyphen is in quotes.',
    ['outcome', 'requests', 'identities'],
    { 'kubeconfig-files': ['a bare hyphen in a flow mapping'] },
  ),
  ...differ('Where the server asks to wait longer than the request may take, kubectl waits in vain. We say at once what the server said.', ['outcome'], {
    answers: ['Retry-After beyond the request timeout'],
  }),
  ...differ('The request timeout counts from when there are credentials: a login takes a person longer than a server its answer.', ['outcome', 'requests', 'identities'], {
    'exec-plugins': ['slower than the request timeout'],
  }),
  ...differ('After a 401 kubectl runs the plugin again, for requests to come. We send the refused one again as well.', ['outcome', 'requests', 'identities'], {
    'exec-plugins': ['a second token is the right one'],
  }),
  ...differ('After a 401 we have the refused ID token renewed, though it says that it lasts. kubectl does not.', ['requests', 'identities', 'keptTokens'], {
    oidc: ['a lasting ID token that is not accepted'],
  }),
  ...differ('For one request, kubectl asks the plugin twice if its first answer has run out already: for TLS, and for the header.', ['pluginRuns'], {
    'exec-plugins': ['a token that has run out already'],
  }),
  ...differ('kubectl follows a redirect of an issuer from HTTPS to plain HTTP. We send no login that way, and none where a document that came so says.', ['requests'], {
    oidc: ['a discovery document redirected to plain HTTP'],
  }),
  ...differ('A client without a secret names itself in the form (RFC 6749 3.2.1); kubectl tries an empty secret first.', ['requests'], {
    oidc: ['no client secret'],
  }),
  ...differ('kubectl first sends the client secret in the header, whatever the issuer says. We do as the discovery document says.', ['requests'], {
    oidc: ['a client secret in the form alone, where that is said'],
  }),
]

function differ(
  reason: string,
  fields: readonly ObservedField[],
  casesOf: Readonly<Record<string, readonly string[]>>,
): readonly Difference[] {
  return Object.entries(casesOf).map(([theme, cases]) => ({ theme, cases, fields, reason }))
}
