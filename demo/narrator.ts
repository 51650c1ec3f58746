/** Tells on the terminal what happens and how long it took. */
export class Narrator {
  private readonly began = Date.now();
  private stepBegan = Date.now();
  /** The step that is under way. */
  current = '';

  constructor(private readonly write: (text: string) => void) {}

  chapter(title: string): void {
    this.write(`\n\u001b[1m${title}\u001b[0m\n`);
  }

  step(title: string): void {
    this.current = title;
    this.stepBegan = Date.now();
  }

  done(shown = ''): void {
    const took = `${((Date.now() - this.stepBegan) / 1000).toFixed(1)} s`.padStart(7);
    this.write(
      `  ${took}  ${this.current}${shown && `\n           ${shown.trim().replaceAll('\n', '\n           ')}`}\n`,
    );
  }

  say(text: string): void {
    this.write(`${text}\n`);
  }

  total(): string {
    return `${((Date.now() - this.began) / 1000).toFixed(1)} s`;
  }
}
