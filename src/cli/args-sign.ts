import { type Command, InvalidArgumentError, Option } from 'commander'
import { collect, type JudgeFlags, jobs, judgementOptions, limits } from './flags.ts'

/** By whom a signature must be, as flags. */
export interface SignerFlags {
  readonly certificateIdentity?: string
  readonly certificateOidcIssuer?: string
  readonly key?: string
  readonly certificateChain?: string
  readonly trustedRoot?: string
}

export interface VerifyModelFlags extends SignerFlags {
  readonly signature?: string
  readonly ignore?: readonly string[]
  readonly legacy?: boolean
}

export interface VerifyBundleFlags extends SignerFlags {
  readonly bundle: string
  readonly withoutLog?: boolean
}

/** What signs. */
export interface KeyFlags {
  readonly key?: string
  readonly certificate?: string
  readonly identityToken?: string
  readonly fulcioUrl?: string
  readonly rekorUrl?: string
  readonly tsaUrl?: string
}

export interface SignFlags extends KeyFlags {
  readonly signature?: string
  readonly ignore?: readonly string[]
  readonly hash: 'sha256' | 'blake2b' | 'blake3'
  readonly shardSize?: number
}

export interface AttestFlags extends KeyFlags, Omit<JudgeFlags, 'output' | 'key'> {
  readonly bundle: string
  readonly verifier: string
  readonly resource?: string
}

export interface TrustFlags {
  readonly mirror?: string
  readonly root?: string
  readonly trustedRoot?: string
}

/** What the commands about signatures do; loaded when one of them runs. */
export interface SignActions {
  readonly verifyModel: (target: string, flags: VerifyModelFlags) => Promise<void>
  readonly verifyBundle: (blob: string, flags: VerifyBundleFlags) => Promise<void>
  readonly sign: (target: string, flags: SignFlags) => Promise<void>
  readonly attest: (target: string, flags: AttestFlags) => Promise<void>
  readonly trustUpdate: (flags: TrustFlags) => Promise<void>
  readonly trustShow: (flags: TrustFlags) => Promise<void>
}

const VERIFY_CODES = `
Exit codes:
  0 verified   1 not verified   4 usage or operational error`

export function signCommands(root: Command, actions: SignActions): void {
  const model = root
    .command('verify-model')
    .summary('verify an OMS signature over a folder')
    .description('Is every file as it was signed, and by whom? OpenSSF Model Signing; offline.')
    .argument('<folder>', 'a signed folder, or a file that was signed alone')
  signerOptions(model)
    .option('--certificate-chain <file>', 'PEM of the authorities that the signing certificate must lead to')
    .optionsGroup('What is verified:')
    .option('--signature <file>', 'the signature (default: model.sig in the folder)')
    .option('--ignore <path>', 'a path inside the folder that may be anything (repeatable)', innerPath)
    .option('--legacy', 'take signatures of v0.2 of the reference tool too')
    .addHelpText('after', VERIFY_CODES)
    .action((target: string, flags: VerifyModelFlags) => actions.verifyModel(target, flags))
  const bundle = root
    .command('verify-bundle')
    .summary('verify a Sigstore bundle over one file')
    .description('Is this file what was signed or attested, and by whom? Sigstore bundles; offline.')
    .argument('<file>', 'the file, or sha256:HEX')
    .requiredOption('--bundle <file>', 'the bundle')
  signerOptions(bundle)
    .option('--without-log', 'with --key: no entry in a transparency log is needed')
    .addHelpText('after', VERIFY_CODES)
    .action((blob: string, flags: VerifyBundleFlags) => actions.verifyBundle(blob, flags))
  makingCommands(root, actions)
  trustCommands(root, actions)
}

function signerOptions(command: Command): Command {
  return command
    .optionsGroup('Who must have signed:')
    .option('--certificate-identity <name>', 'e-mail address or URI in the certificate, compared whole')
    .option('--certificate-oidc-issuer <url>', 'who vouched for it, compared whole')
    .option('--key <file>', 'public key in PEM')
    .option('--trusted-root <file>', 'a trusted root other than the shipped one')
}

function makingCommands(root: Command, actions: SignActions): void {
  const sign = root
    .command('sign')
    .summary('sign a folder as OpenSSF Model Signing has it')
    .description('Hashes every file and writes a signature that OMS tools verify.')
    .argument('<folder>', 'what to sign')
  keyOptions(sign)
    .optionsGroup('What is signed:')
    .option('--signature <file>', 'where it goes (default: model.sig in the folder)')
    .option('--ignore <path>', 'leave out this path inside the folder (repeatable)', innerPath)
    .addOption(
      new Option('--hash <name>', 'sha256 (default), blake2b, blake3')
        .choices(['sha256', 'blake2b', 'blake3'])
        .default('sha256'),
    )
    .option('--shard-size <bytes>', 'a hash for every so many bytes of a file instead of one', shardSize)
    .action((target: string, flags: SignFlags) => actions.sign(target, flags))
  const attest = root
    .command('attest')
    .summary('sign a verdict: a SLSA verification summary')
    .description(
      'Scans, and writes the verdict as a signed statement (DSSE bundle) about exactly these files. Exits as scan does.',
    )
    .argument('<target>', 'a folder or file')
    .requiredOption('--bundle <file>', 'where the attestation goes; not inside the folder')
  keyOptions(attest)
    .optionsGroup('What it says:')
    .option('--verifier <uri>', 'who answers for the verdict', 'urn:weighmaster')
    .option('--resource <uri>', 'what the subject is called (default: its path)')
  judgementOptions(attest)
    .optionsGroup('What is read:')
    .option('--jobs <n>', 'files inspected at the same time (default: the number of cores)', jobs)
    .option('--limit <name=value>', 'set a limit, as for scan (repeatable)', limits)
    .action((target: string, flags: AttestFlags) => actions.attest(target, flags))
}

function keyOptions(command: Command): Command {
  return command
    .optionsGroup('Who signs:')
    .option(
      '--key <file>',
      'private key in PEM (P-256, P-384, P-521); its password in WEIGHMASTER_KEY_PASSWORD',
    )
    .option('--certificate <file>', 'PEM with the certificate of the key and its chain')
    .option('--identity-token <file>', 'keyless: a file with an OIDC token; - is SIGSTORE_ID_TOKEN')
    .option('--fulcio-url <url>', 'keyless: another certificate authority')
    .option('--rekor-url <url>', 'keyless: another transparency log')
    .option('--tsa-url <url>', 'keyless: a timestamp authority')
}

function trustCommands(root: Command, actions: SignActions): void {
  const trust = root
    .command('trust')
    .summary('show or refresh the trusted root')
    .description('Works with the root that Sigstore signatures are held against.')
  trust
    .command('show')
    .summary('print the trusted root in use')
    .description(
      'Prints the authorities and logs of the trusted root, from when to when they count, and its digest.',
    )
    .option('--trusted-root <file>', 'of this file')
    .action((flags: TrustFlags) => actions.trustShow(flags))
  trust
    .command('update')
    .summary('refresh the trusted root by TUF')
    .description('Fetches the newest trusted root from its TUF repository and stores it for later runs.')
    .option('--mirror <url>', 'another TUF repository')
    .option('--root <file>', 'the root metadata that repository is trusted by')
    .action((flags: TrustFlags) => actions.trustUpdate(flags))
}

function innerPath(value: string, held: readonly string[] = []): string[] {
  const plain = value.replace(/^(?:\.\/)+/, '').replace(/\/$/, '')
  if (
    plain === '' ||
    plain === '.' ||
    plain.startsWith('/') ||
    plain.split('/').includes('..') ||
    /[*?[\]]/.test(plain)
  )
    throw new InvalidArgumentError(
      'It is a plain path inside the folder: no pattern, no .., not the folder itself.',
    )
  return collect(plain, held)
}

function shardSize(value: string): number {
  const bytes = Number(value)
  if (!Number.isSafeInteger(bytes) || bytes < 1)
    throw new InvalidArgumentError('It is a number of bytes, 1 or more.')
  return bytes
}
