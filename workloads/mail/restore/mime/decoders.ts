/** How the bytes of a body are written in the message. */
export type BodyEncoding = 'base64' | 'quotedPrintable' | 'lines';

/**
 * Decodes a body piece by piece, with the same outcome as postal-mime gives for the whole: lines end in a bare line
 * feed, also the last one, and what is no base64 between base64 is left out. Holds a few bytes, however long a line is.
 */
export interface BodyDecoder {
  push(piece: Uint8Array): Buffer;
  /** What is still owed; nothing may be pushed after it. */
  end(): Buffer;
}

/** As postal-mime chooses: by the first word of the header, whatever else is written around it. */
export function encodingOf(transferEncoding: string): BodyEncoding {
  const word = /[\w-]+/.exec(transferEncoding.replaceAll(/\([^)]*\)/g, '').toLowerCase())?.[0] ?? '';
  if (word.includes('base64')) return 'base64';
  return word.includes('quoted-printable') ? 'quotedPrintable' : 'lines';
}

export const decoderOf = (encoding: BodyEncoding): BodyDecoder => DECODERS[encoding]();

const DECODERS = { base64: base64Decoder, quotedPrintable: quotedPrintableDecoder, lines: lineDecoder };

/** Text made at once: long strings stay behind in memory for a while. */
const TEXT_BYTES = 16 * 1024;

function base64Decoder(): BodyDecoder {
  let rest = '';
  return {
    push(piece) {
      const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
      const out = Buffer.allocUnsafe(Math.ceil(((rest.length + bytes.length) * 3) / 4));
      let length = 0;
      for (let at = 0; at < bytes.length; at += TEXT_BYTES) {
        const text = bytes.toString('latin1', at, at + TEXT_BYTES).replaceAll(/[^A-Za-z0-9+/=]+/g, '');
        // Some programs pad every line, so that each `=` ends a group.
        for (const [index, group] of text.split(/=+/).entries()) {
          if (index > 0) {
            length += out.write(rest, length, 'base64');
            rest = '';
          }
          const known = rest + group;
          const whole = known.length - (known.length % 4);
          length += out.write(known.slice(0, whole), length, 'base64');
          rest = known.slice(whole);
        }
      }
      return out.subarray(0, length);
    },
    end: () => Buffer.from(rest, 'base64'),
  };
}

const LF = 0x0a;
const CR = 0x0d;
const EQUALS = 0x3d;

function lineDecoder(): BodyDecoder {
  /** Carriage returns that belong to the line end, unless something else follows. */
  let returns = 0;
  let isLineOpen = false;
  return {
    push(piece) {
      const out = Buffer.allocUnsafe(piece.length + returns);
      let length = 0;
      for (const byte of piece) {
        isLineOpen = byte !== LF;
        if (byte === CR) {
          returns += 1;
          continue;
        }
        if (byte !== LF) for (; returns > 0; returns -= 1) out[length++] = CR;
        returns = 0;
        out[length++] = byte;
      }
      return out.subarray(0, length);
    },
    end: () => Buffer.from(isLineOpen ? '\n' : ''),
  };
}

function quotedPrintableDecoder(): BodyDecoder {
  /** `=` and perhaps one digit, until it shows whether they are a code. */
  let code = '';
  let returns = 0;
  let isLineOpen = false;
  return {
    push(piece) {
      const out = Buffer.allocUnsafe(piece.length + code.length + returns);
      let length = 0;
      const flush = () => {
        length += out.write(code + '\r'.repeat(returns), length, 'latin1');
        code = '';
        returns = 0;
      };
      for (const byte of piece) {
        isLineOpen = byte !== LF;
        if (byte === CR) {
          returns += 1;
        } else if (byte === LF) {
          returns = 0;
          const isSoft = code === '=';
          if (isSoft) code = '';
          flush();
          if (!isSoft) out[length++] = LF;
        } else if (code !== '' && returns === 0 && isHexDigit(byte)) {
          code += String.fromCharCode(byte);
          if (code.length === 3) {
            out[length++] = Number.parseInt(code.slice(1), 16);
            code = '';
          }
        } else {
          flush();
          if (byte === EQUALS) code = '=';
          else out[length++] = byte;
        }
      }
      return out.subarray(0, length);
    },
    end: () => Buffer.from(isLineOpen && code !== '=' ? `${code}\n` : '', 'latin1'),
  };
}

const isHexDigit = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
