import { z } from 'zod';
import type { ChosenMessage } from '../commands/message.ts';

const payload = z.looseObject({
  subject: z.string().nullish(),
  createdDateTime: z.string().nullish(),
  attachments: z.array(z.looseObject({ name: z.string().nullish() })).nullish(),
});

/** The message under which the action was chosen; what is not there is simply not known. */
export function readChosenMessage(message: unknown): ChosenMessage {
  const { data } = payload.safeParse(message);
  const subject = data?.subject ?? undefined;
  const createdAt = data?.createdDateTime ?? undefined;
  return {
    attachments: (data?.attachments ?? []).map(({ name }) => name ?? '').filter((name) => name !== ''),
    ...(subject === undefined ? {} : { subject }),
    ...(createdAt === undefined ? {} : { createdAt }),
  };
}
