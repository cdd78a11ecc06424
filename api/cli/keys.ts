/**
 * `npm run keys -- status | prove | rotate | rewrap | replace-recovery-key`: looks after the keys of a repository. Nothing
 * that is stored is rewritten, and backups and restores may go on meanwhile. A recovery key is asked for, never passed as
 * an argument, where others would see it.
 */
import { parseArgs } from 'node:util';
import { fileKeyWrapper } from '../../azure/fileKeyWrapper.ts';
import { identity } from '../../azure/identity.ts';
import { keyVaultWrapper } from '../../azure/keyVaultWrapper.ts';
import { systemRandom } from '../../azure/systemRandom.ts';
import { Fault, isFault } from '../../engine/fault.ts';
import {
  keyStatus,
  proveRecoveryKey,
  replaceRecovery,
  rewrap,
  rotate,
  type KeyServices,
  type KeyStatus,
} from '../../engine/keys/manageKeys.ts';
import type { KeyWrapper } from '../../engine/ports/keyWrapper.ts';
import type { KeyWrappers } from '../../engine/repository/keyRecords.ts';
import {
  formatRecoveryKey,
  makeRecoveryKey,
  parseRecoveryKey,
  recoveryKeyWrapper,
  type RecoveryWrapper,
} from '../../engine/repository/recoveryKey.ts';
import { openKeyServices } from '../keyServices.ts';
import { cliSettings } from './cliSettings.ts';
import { fail } from './fail.ts';
import { askHidden } from './askHidden.ts';

const USAGE = `npm run keys -- status                 which keys there are, and who can open them
npm run keys -- prove                  is this the recovery key? Asks for it
npm run keys -- rotate                 a new key for everything that is backed up from now on
npm run keys -- rewrap [--from-vault-key ID | --from-key-file PATH | --from-recovery-key]
                                       wraps all keys for the outer key of the settings (or its new version)
npm run keys -- replace-recovery-key   makes a new recovery key and shows it once`;

const doer = { who: 'system', name: 'npm run keys' } as const;

const askRecoveryKey = async (): Promise<string> => askHidden('Recovery key: ');
const typedRecovery = async (): Promise<RecoveryWrapper> =>
  recoveryKeyWrapper(parseRecoveryKey(await askRecoveryKey()), systemRandom);

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      env: { type: 'string' },
      'from-vault-key': { type: 'string' },
      'from-key-file': { type: 'string' },
      'from-recovery-key': { type: 'boolean' },
    },
  });
  const settings = await cliSettings(values.env === undefined ? [] : ['--env', values.env]);
  const open = (by?: KeyWrappers): Promise<KeyServices> => openKeyServices(settings, by);
  switch (positionals[0]) {
    case 'status':
      for (const line of inLines(await keyStatus(await open()))) console.log(line);
      break;
    case 'prove': {
      const proof = await proveRecoveryKey(await open(), await askRecoveryKey(), doer);
      console.log(proof.detail);
      if (!proof.isProved) process.exitCode = 1;
      break;
    }
    case 'rotate': {
      const { epoch } = await rotateAsking(await open());
      console.log(
        `Everything new is sealed under key ${epoch} from now on: here at once, elsewhere within ten minutes.`,
      );
      break;
    }
    case 'rewrap': {
      const by = await formerKey(values);
      const services = await open(by);
      const count = await rewrap(services, doer, by ?? { vault: services.outer });
      console.log(
        `${count} keys are wrapped for ${services.outer.keyId}. The former outer key is not needed any more.`,
      );
      break;
    }
    case 'replace-recovery-key':
      await replaceShowing(await open());
      break;
    default:
      console.error(USAGE);
      process.exitCode = 2;
  }
} catch (error) {
  if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exitCode = 2;
  } else fail(error);
}

/** Asks for the recovery key where the key records do not carry its public part yet. */
async function rotateAsking(services: KeyServices): ReturnType<typeof rotate> {
  try {
    return await rotate(services, doer);
  } catch (error) {
    if (!isFault(error, 'invalid') || error.code !== 'RecoveryKeyNeeded') throw error;
    console.log(error.message);
    return rotate(services, doer, { recovery: await typedRecovery() });
  }
}

async function replaceShowing(services: KeyServices): Promise<void> {
  const key = makeRecoveryKey(systemRandom);
  const groups = formatRecoveryKey(key).match(/.{4}/g)?.join(' ') ?? '';
  console.log(
    `New recovery key. Write it down and keep it outside this tenant; it is shown this once.\n\n    ${groups}\n`,
  );
  const typed = await typedRecovery();
  const recovery = recoveryKeyWrapper(key, systemRandom);
  if (typed.keyId !== recovery.keyId)
    throw new Fault('invalid', 'That is not the key above. Nothing was changed; the old recovery key is in force.');
  await replaceRecovery(services, doer, recovery);
  console.log(
    'It is in force now. Whoever has the old recovery key and a copy of the key records can still open what was backed up\n' +
      'until now; run `npm run keys -- rotate`, and nothing that is backed up from then on opens with the old one.',
  );
}

async function formerKey(values: {
  readonly 'from-vault-key'?: string;
  readonly 'from-key-file'?: string;
  readonly 'from-recovery-key'?: boolean;
}): Promise<KeyWrappers | undefined> {
  if (values['from-recovery-key'] === true) return { recovery: await typedRecovery() };
  const vault = await formerOuterKey(values['from-vault-key'], values['from-key-file']);
  return vault && { vault };
}

async function formerOuterKey(keyId: string | undefined, path: string | undefined): Promise<KeyWrapper | undefined> {
  if (path !== undefined) return fileKeyWrapper(path);
  return keyId === undefined ? undefined : keyVaultWrapper({ keyId, credential: await identity() });
}

function inLines(status: KeyStatus): string[] {
  const { epochs, outer, recoveryKeyId, provedAt, rotatesAlone } = status;
  return [
    `Outer key: ${outer.kind} ${outer.keyId}`,
    `Recovery key: ${recoveryKeyId ?? 'none'}, ${provedAt === undefined ? 'never tried' : `last tried ${provedAt}`}`,
    ...epochs.flatMap(({ epoch, madeAt, wraps }) => [
      `Key ${epoch}, made ${madeAt}${epoch === status.epoch ? ', in use' : ''}`,
      ...wraps.map(({ kind, keyId, wrappedAt }) => `    wrapped for ${kind} ${keyId} on ${wrappedAt}`),
    ]),
    ...(rotatesAlone ? [] : ['The next rotation asks for the recovery key, once.']),
  ];
}
