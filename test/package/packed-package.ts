import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));
const exec = promisify(execFile);

/** The package as users get it: built, packed by npm and installed from the tarball into an empty project. */
export interface PackedPackage {
  readonly tarball: string;
  /** The project it is installed in. */
  readonly consumer: string;
  /** Its folder below the node_modules of that project. */
  readonly folder: string;
  /** Removes all of it. */
  remove(): void;
}

/** What was just built from these sources, if anything was. */
const BUILT = process.env['NEXUS_TEST_DIST'];

/**
 * Builds, packs and installs below the temp folder, without install scripts and without the optional peers. The dist
 * folder of the project is not touched. `NEXUS_TEST_DIST` names a folder that is taken instead of building.
 */
export async function packPackage(): Promise<PackedPackage> {
  const home = mkdtempSync(join(tmpdir(), 'nexusai-hub-package-'));
  const [staging, consumer] = [join(home, 'staging'), join(home, 'consumer')];
  mkdirSync(staging);
  mkdirSync(consumer);

  if (BUILT === undefined) {
    progress('building (some seconds)');
    await run(process.execPath, [binary('tsup'), '--out-dir', join(staging, 'dist'), '--silent'], root);
  } else cpSync(BUILT, join(staging, 'dist'), { recursive: true });
  for (const name of readdirSync(root).filter((name) =>
    /^(package\.json|README.*|LICENSE|CHANGELOG\.md)$/.test(name),
  )) {
    cpSync(join(root, name), join(staging, name));
  }

  progress('packing and installing');
  const packed = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', home], staging);
  const tarball = join(home, (JSON.parse(packed) as [{ filename: string }])[0].filename);
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ name: 'consumer', private: true }));
  const quiet = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', ['install', tarball, ...quiet], consumer);

  const remove = (): void => {
    rmSync(home, { recursive: true, force: true });
  };
  return { tarball, consumer, folder: join(consumer, 'node_modules', 'nexusai-hub'), remove };
}

/** Runs a program and returns what it printed; when it fails, the error holds all it had to say. */
export async function run(program: string, parameters: readonly string[], folder: string): Promise<string> {
  try {
    const { stdout } = await exec(program, parameters, { cwd: folder, env: childEnvironment(), maxBuffer: 32 << 20 });
    return stdout;
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    // Without the cause: it would print the same output twice more.
    throw new Error(`${program} ${parameters.join(' ')} failed:\n${stdout}\n${stderr}`);
  }
}

/** The script behind a command of a development dependency, to be run by the same Node as the tests. */
export function binary(name: string): string {
  const packageName = name === 'attw' ? '@arethetypeswrong/cli' : name === 'tsc' ? 'typescript' : name;
  const folder = join(root, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { bin: Record<string, string> };
  const script = join(folder, bin[name] ?? '');
  if (!existsSync(script)) throw new Error(`${packageName} has no command ${name}`);
  return script;
}

/** Without what makes children believe that they are tests, or npm that it stands in our own folder. */
function childEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_OPTIONS|NODE_ENV|TEST$)/.test(name)),
  );
}

function progress(what: string): void {
  process.stderr.write(`test/package: ${what} ...\n`);
}
