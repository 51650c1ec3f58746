import { CONSOLE_BYTES, consoleText } from './console.rules';

const ESC = '\u001b';

describe('the text of a console', () => {
  it.each([
    ['nothing', '', ''],
    ['the end of what there is', 'a\nb\nc\nd\n', 'b\nc\nd\n'],
    ['a line that is being written too', 'a\nb\nc\nlogin: ', 'b\nc\nlogin: '],
    ['fewer lines than asked for', 'a\n', 'a\n'],
  ])('is %s', (_, log, text) => expect(consoleText(log, 3)).toBe(text));

  it.each([
    ['carriage returns at ends of lines', 'a\r\nb\r\r\n', 'a\nb\n'],
    ['tabs', 'a\tb', 'a\tb'],
    ['colours', `${ESC}[0;32m  OK  ${ESC}[0m] up`, '  OK  ] up'],
    ['a cleared screen', `${ESC}[2J${ESC}[1;1Hhello`, 'hello'],
    ['colours in eight bits', '\u009b31mred', 'red'],
    ['a window title', `${ESC}]0;owned\u0007hello`, 'hello'],
    ['a string with its terminator', `${ESC}P1$r0m${ESC}\\hello`, 'hello'],
    ['a lone escape', `a${ESC}cb`, 'a^[cb'],
    ['an open string', `${ESC}]52;c;aGVsbG8=`, '^[]52;c;aGVsbG8='],
    ['a bell, a NUL and a delete', 'a\u0007\u0000\u007f', 'a^G^@^?'],
    ['backspaces that would hide', 'safe\b\b\b\bevil', 'safe^H^H^H^Hevil'],
    ['a return that would overwrite', 'evil\rsafe', 'evil^Msafe'],
    ['what turns text around', 'a\u202eb\u2066c', 'a\ufffdb\ufffdc'],
    ['words of any language', 'größe 大小 🙂', 'größe 大小 🙂'],
  ])('makes %s harmless', (_, log, text) => expect(consoleText(log, 9)).toBe(text));

  it('takes no longer for a guest that writes returns only', () => {
    const before = process.cpuUsage();
    expect(consoleText('\r'.repeat(80_000), 9)).toBe('^M'.repeat(80_000));
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(3_000);
  });

  it('holds no control characters, whatever the guest writes', () => {
    const all = Array.from({ length: 0x300 }, (_, code) => String.fromCharCode(code)).join('');
    expect(consoleText(all + [...all].reverse().join(''), 1000)).not.toMatch(/[^\P{Cc}\n\t]/u);
  });

  it('begins with a whole line where the beginning was cut off', () => {
    const log = `ff\n${'x'.repeat(CONSOLE_BYTES)}\nlast\n`;
    expect(consoleText(log, 9).startsWith('xxx')).toBe(true);
  });
});
