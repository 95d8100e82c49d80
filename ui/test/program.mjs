// Runs the program itself: what $OCP_PROGRAM names.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Starts it with these arguments; resolves once it says where it listens, which takes no longer than `seconds`. */
export function run(args, seconds = 60) {
  const program = process.env.OCP_PROGRAM;
  if (program === undefined) throw new Error('OCP_PROGRAM is unset: name the program, or use test/run');
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'] });
  const ended = new Promise(resolve => child.once('exit', resolve));
  const said = [];
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => { child.kill('SIGKILL'); reject(new Error(`${args.join(' ')}: no address within ${seconds} s: ${said.join('\n')}`)); }, 1000 * seconds);
    createInterface({ input: child.stderr }).on('line', line => {
      said.push(line);
      const [, port] = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line) ?? [];
      if (port === undefined) return;
      clearTimeout(late);
      resolve({ port: Number(port), address: `http://127.0.0.1:${port}`, pid: child.pid, input: child.stdin, said, stop });
    });
    ended.then(status => { clearTimeout(late); reject(new Error(`${args.join(' ')}: ended with ${status}: ${said.join('\n')}`)); });
  });
}
