import { audit } from './audit-command.ts';
import { backup } from './backup-command.ts';
import { exportCommand } from './export-command.ts';
import { restore } from './restore-command.ts';
import { rotateMasterKey } from './rotate-command.ts';
import { verify } from './verify-command.ts';
import type { Command, CommandContext } from './command.ts';
import { problemOf } from './problem-of.ts';

const COMMANDS: Readonly<Record<string, Command>> = {
  audit,
  backup,
  export: exportCommand,
  restore,
  'rotate-master-key': rotateMasterKey,
  verify,
};

/**
 * Runs the command the first word names. False: it names none.
 * @throws Problem
 */
export async function runCommand(words: readonly string[], context: CommandContext): Promise<boolean> {
  const [word = '', ...parameters] = words;
  const command = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
  if (!command) return false;
  if (parameters.includes('--help') || parameters.includes('-h')) context.print(command.help);
  else
    await command.run(parameters, context).catch((cause: unknown) => {
      throw problemOf(cause);
    });
  return true;
}
