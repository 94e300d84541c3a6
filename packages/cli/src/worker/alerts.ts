import { spawn } from 'node:child_process';
import type { WatcherEvent } from '@aivm/worker';
import type { Command } from 'commander';
import { UsageError } from '../cli-context.ts';
import { toJsonLine } from '../json-line.ts';

/** Alerts that wait; past it the oldest are dropped, and that is said. */
const WAITING_MAX = 100;
const COMMAND_MS = 30_000;
const POST_MS = 10_000;
const POSTS_MAX = 3;
const POST_AGAIN_MS = 2_000;
/** A node that has not answered for so long is worth waking somebody for. */
const SILENCE_MS = 60_000;

/** Options of a watcher that wakes people. */
export interface AlertOptions {
  readonly alertCommand?: string;
  readonly alertWebhook?: string;
}

/** Adds `--alert-command` and `--alert-webhook`. */
export const withAlerts = (command: Command): Command =>
  command
    .option(
      '--alert-command <command>',
      'run by the shell for every wrong result, and when one cannot be challenged or the node is silent: the alert as JSON on stdin',
    )
    .option('--alert-webhook <url>', 'the same alerts, posted as JSON');

/** Something that people should know of. */
export interface Alert {
  readonly time: string;
  readonly kind: 'mismatch' | 'challenged' | 'unchallenged' | 'conceded' | 'node_silent' | 'node_back';
  /** One line for people. */
  readonly text: string;
  readonly [fact: string]: unknown;
}

/** Hands alerts on, one after the other; never in the way of the watcher. */
export interface Alerts {
  /** Looks at what the watcher reported. */
  observe(event: WatcherEvent, text: string | undefined): void;
  /** Lets what waits be handed on. */
  close(): Promise<void>;
}

type Deliver = (alert: Alert) => Promise<void>;

/** Runs the command with the alert on its stdin; its whole group ends with the time. */
const deliverByCommand =
  (command: string): Deliver =>
  (alert) =>
    new Promise((resolve, reject) => {
      const child = spawn(command, {
        ...{ shell: true, detached: true, stdio: ['pipe', 'ignore', 'inherit'] },
        env: { ...process.env, AIVM_ALERT: alert.kind },
      });
      const timer = setTimeout(() => {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        reject(new Error(`did not end within ${COMMAND_MS / 1_000} s`));
      }, COMMAND_MS);
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        if (code === 0) resolve();
        else reject(new Error(`ended with ${code ?? signal}`));
      });
      // A command that reads nothing is one all the same.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(`${toJsonLine(alert)}\n`);
    });

const deliverByPost =
  (url: string): Deliver =>
  async (alert) => {
    for (let tries = 1; ; tries++) {
      try {
        const answer = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: toJsonLine(alert),
          signal: AbortSignal.timeout(POST_MS),
        });
        await answer.body?.cancel();
        if (answer.ok) return;
        throw new Error(`answered ${answer.status}`);
      } catch (error) {
        if (tries === POSTS_MAX) throw error;
        await new Promise((resolve) => setTimeout(resolve, POST_AGAIN_MS));
      }
    }
  };

function waysOf({ alertCommand, alertWebhook }: AlertOptions): ReadonlyMap<string, Deliver> {
  const ways = new Map<string, Deliver>();
  if (alertCommand !== undefined) ways.set('--alert-command', deliverByCommand(alertCommand));
  if (alertWebhook !== undefined) {
    if (!URL.canParse(alertWebhook) || !/^https?:$/.test(new URL(alertWebhook).protocol))
      throw new UsageError(
        `--alert-webhook: expected an http or https address, got "${alertWebhook.slice(0, 100)}"`,
      );
    ways.set('--alert-webhook', deliverByPost(alertWebhook));
  }
  return ways;
}

const ALARMING: ReadonlySet<string> = new Set(['mismatch', 'challenged', 'unchallenged', 'conceded']);

/** Tells a silence of the node once it is long, and its end. */
class Silence {
  readonly #nowMs: () => number;
  #sinceMs: number | undefined;
  #isTold = false;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  observe(event: WatcherEvent): 'node_silent' | 'node_back' | undefined {
    if (event.kind === 'retrying') {
      this.#sinceMs ??= this.#nowMs();
      if (this.#isTold || this.#nowMs() - this.#sinceMs < SILENCE_MS) return undefined;
      this.#isTold = true;
      return 'node_silent';
    }
    const wasTold = this.#isTold;
    this.#isTold = false;
    this.#sinceMs = undefined;
    return wasTold ? 'node_back' : undefined;
  }
}

/** @throws UsageError for an address that nothing can be posted to */
export function createAlerts(
  options: AlertOptions,
  { note, nowMs = Date.now }: { readonly note: (line: string) => void; readonly nowMs?: () => number },
): Alerts {
  const ways = waysOf(options);
  const waiting: Alert[] = [];
  const silence = new Silence(nowMs);
  let sending: Promise<void> | undefined;
  const sendAll = async (): Promise<void> => {
    for (let alert = waiting.shift(); alert !== undefined; alert = waiting.shift()) {
      for (const [flag, deliver] of ways) {
        await deliver(alert).catch((error: Error) =>
          note(`warning: ${flag}: ${error.message}: ${alert?.text}`),
        );
      }
    }
    sending = undefined;
  };
  const add = (alert: Alert): void => {
    if (ways.size === 0) return;
    if (waiting.length >= WAITING_MAX)
      note(`warning: alert dropped, ${WAITING_MAX} wait: ${waiting.shift()?.text}`);
    waiting.push(alert);
    sending ??= sendAll();
  };
  return {
    observe: (event, text) => {
      const time = new Date(nowMs()).toISOString();
      const change = silence.observe(event);
      if (change === 'node_silent')
        add({ time, kind: change, text: `the node has not answered for ${SILENCE_MS / 1_000} s` });
      if (change === 'node_back') add({ time, kind: change, text: 'the node answers again' });
      if (ALARMING.has(event.kind))
        add({ ...event, time, kind: event.kind as Alert['kind'], text: text ?? event.kind });
    },
    close: async () => {
      await sending;
    },
  };
}
