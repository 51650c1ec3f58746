/** Says which test files are long at it, and ends a run that one of them holds up for ever. */
const { relative } = require('node:path');
const { clearInterval, setInterval } = require('node:timers');

const LOOK_EVERY_MS = 60_000;
const LONG_MS = 180_000;
/** The slowest file takes two minutes alone on two cores, five on a busy machine. */
const STUCK_MS = 15 * 60_000;

class Progress {
  #running = new Map();
  #timer;

  onRunStart() {
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  onTestFileStart({ path }) {
    this.#running.set(path, Date.now());
  }

  onTestFileResult({ path }) {
    this.#running.delete(path);
  }

  onRunComplete() {
    clearInterval(this.#timer);
  }

  #look() {
    const long = [...this.#running].filter(([, since]) => Date.now() - since > LONG_MS);
    for (const [path, since] of long) say(path, `has been running for ${minutesSince(since)} minutes`);
    const stuck = long.find(([, since]) => Date.now() - since > STUCK_MS);
    if (!stuck) return;
    say(stuck[0], 'does not end: the run is given up');
    process.kill(process.pid, 'SIGTERM');
  }
}

const minutesSince = (time) => Math.round((Date.now() - time) / 60_000);
const say = (path, what) => process.stderr.write(`${relative(process.cwd(), path)} ${what}\n`);

module.exports = Progress;
