import type { Drive, Mail, NewPerson, People } from './controls.ts';
import { openDrive } from './driveWorld.ts';
import { driveIdOf, personIdOf } from './ids.ts';
import { openMailbox } from './mailWorld.ts';
import type { DriveRow, Mailbox } from './rows.ts';
import type { World } from './world.ts';

export function peopleControl(world: World, mail: Mail, drive: Drive): People {
  const mailboxOf = (alias: string): Mailbox => {
    const found = world.mailboxes.get(personIdOf(alias));
    if (found === undefined) throw new Error(`${alias} never had a mailbox`);
    return found;
  };
  const driveOf = (alias: string): DriveRow => {
    const found = world.drives.get(driveIdOf(alias));
    if (found === undefined) throw new Error(`${alias} never had a drive`);
    return found;
  };
  const join = (given: NewPerson): string => {
    const { alias, mailbox = 'user', drive: hasDrive = true, isGuest = false } = given;
    const id = personIdOf(alias);
    world.nextSeq();
    const person = {
      id,
      alias,
      name: alias.charAt(0).toUpperCase() + alias.slice(1),
      address: `${alias}@contoso.example`,
      isGuest,
      purpose: mailbox === 'none' ? undefined : mailbox,
      hasDrive,
    };
    world.people.set(id, person);
    if (mailbox !== 'none') openMailbox(world, person);
    if (hasDrive) openDrive(world, person);
    for (let made = 0; made < (given.messages ?? 0); made++) mail.put(id);
    for (let made = 1; made <= (given.files ?? 0); made++) drive.put(driveIdOf(alias), { name: `File ${made}.txt` });
    return id;
  };
  return {
    id: (alias) => {
      const id = personIdOf(alias);
      if (!world.people.has(id)) throw new Error(`There is no ${alias}`);
      return id;
    },
    driveId: (alias) => driveOf(alias).id,
    join,
    leave(alias) {
      world.nextSeq();
      const id = personIdOf(alias);
      world.people.delete(id);
      const [mailbox, theirs] = [world.mailboxes.get(id), world.drives.get(driveIdOf(alias))];
      if (mailbox !== undefined) mailbox.isGone = true;
      if (theirs !== undefined) theirs.state = 'gone';
    },
    setMailbox(alias, state) {
      world.nextSeq();
      mailboxOf(alias).isGone = state === 'gone';
    },
    setDrive(alias, state) {
      world.nextSeq();
      driveOf(alias).state = state;
    },
    group(name, members) {
      const id = personIdOf(`group ${name}`);
      const ids = members.map((member) => (world.groups.has(member) ? member : personIdOf(member)));
      world.nextSeq();
      world.groups.set(id, { id, name, members: ids });
      return id;
    },
    setLicences(count) {
      world.licences = count;
    },
  };
}
