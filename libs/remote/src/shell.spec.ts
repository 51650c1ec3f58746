import * as fc from 'fast-check';
import { quote, raw, sh, type ShellValue } from './shell';

describe('a shell template', () => {
  it('quotes every value as one word', () => {
    expect(sh`ip link set ${'a b'} mtu ${1450}`.text).toBe("ip link set 'a b' mtu '1450'");
  });

  it('cannot be left by a quote in a value', () => {
    expect(sh`echo ${"'; reboot; '"}`.text).toBe("echo ''\\''; reboot; '\\'''");
  });

  it('makes one word of each item of an array', () => {
    expect(sh`rm -f ${['a', 'b c', 3n]}`.text).toBe("rm -f 'a' 'b c' '3'");
    expect(sh`true ${[]}`.text).toBe('true ');
  });

  it('splices other commands in as they are', () => {
    const inner = sh`nft -f ${'/tmp/a b'}`;
    expect(sh`${inner} && ${raw('echo $HOME')}`.text).toBe("nft -f '/tmp/a b' && echo $HOME");
  });

  it('makes one word of a value and the text that touches it', () => {
    expect(sh`cp --target=${'/a b'}/c`.text).toBe("cp --target='/a b'/c");
  });

  it.each(['a\0b', '\0'])('refuses a NUL byte', (value) => {
    expect(() => sh`echo ${value}`).toThrow(TypeError);
    expect(() => quote(value)).toThrow(TypeError);
    expect(() => raw(value)).toThrow(TypeError);
  });

  it('refuses a value inside quotes of the template, which would end them', () => {
    expect(() => sh`echo "${'a'}"`).toThrow('brings its own quotes');
    expect(() => sh`echo '${'a'}'`).toThrow('brings its own quotes');
  });

  it.each([undefined, null, {}, { text: 'reboot' }])('refuses what is no text: %p', (value) => {
    expect(() => sh`echo ${value as unknown as ShellValue}`).toThrow(TypeError);
  });

  it('leaves no quote open, whatever the value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        fc.pre(!value.includes('\0'));
        const rest = quote(value).replaceAll(`'\\''`, '');
        expect(rest.replaceAll(/[^']/g, '')).toBe("''");
      }),
    );
  });
});
