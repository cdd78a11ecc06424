/** How the bytes of a body are written in the message. */
export type BodyEncoding = 'base64' | 'quotedPrintable' | 'lines';

/**
 * Decodes a body piece by piece, with the same outcome as postal-mime gives for the whole: lines end in a bare line
 * feed, also the last one, and what is no base64 between base64 is left out. Holds a few bytes, however long a line is.
 */
export interface BodyDecoder {
  /** Bounded pieces, each overwritten by the next: what is made anew for every piece gathers until it is collected. */
  push(bytes: Uint8Array): Iterable<Buffer>;
  /** What is still owed; nothing may be pushed after it. */
  end(): Buffer;
}

/** Bytes taken at once. */
const STEP_BYTES = 32 * 1024;

function stepwise(step: (bytes: Buffer) => Buffer, end: () => Buffer): BodyDecoder {
  return {
    *push(bytes) {
      for (let at = 0; at < bytes.length; at += STEP_BYTES)
        yield step(Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(STEP_BYTES, bytes.length - at)));
    },
    end,
  };
}

/** The same memory each time, as long as it is large enough. */
function createRoom(): (bytes: number) => Buffer {
  let room = Buffer.alloc(0);
  return (bytes) => (room.length < bytes ? (room = Buffer.allocUnsafeSlow(bytes + STEP_BYTES)) : room);
}

/** As postal-mime chooses: by the first word of the header, whatever else is written around it. */
export function encodingOf(transferEncoding: string): BodyEncoding {
  const word = /[\w-]+/.exec(transferEncoding.replaceAll(/\([^)]*\)/g, '').toLowerCase())?.[0] ?? '';
  if (word.includes('base64')) return 'base64';
  return word.includes('quoted-printable') ? 'quotedPrintable' : 'lines';
}

export const decoderOf = (encoding: BodyEncoding): BodyDecoder => DECODERS[encoding]();

const DECODERS = { base64: base64Decoder, quotedPrintable: quotedPrintableDecoder, lines: lineDecoder };

function base64Decoder(): BodyDecoder {
  const roomFor = createRoom();
  let rest = '';
  const step = (bytes: Buffer): Buffer => {
    const out = roomFor(rest.length + bytes.length);
    let length = 0;
    const text = bytes.toString('latin1').replaceAll(/[^A-Za-z0-9+/=]+/g, '');
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
    return out.subarray(0, length);
  };
  return stepwise(step, () => Buffer.from(rest, 'base64'));
}

const LF = 0x0a;
const CR = 0x0d;
const EQUALS = 0x3d;

function lineDecoder(): BodyDecoder {
  const roomFor = createRoom();
  /** Carriage returns that belong to the line end, unless something else follows. */
  let returns = 0;
  let isLineOpen = false;
  const step = (bytes: Buffer): Buffer => {
    const out = roomFor(bytes.length + returns);
    let length = 0;
    for (const byte of bytes) {
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
  };
  return stepwise(step, () => Buffer.from(isLineOpen ? '\n' : ''));
}

function quotedPrintableDecoder(): BodyDecoder {
  const roomFor = createRoom();
  /** `=` and perhaps one digit, until it shows whether they are a code. */
  let code = '';
  let returns = 0;
  let isLineOpen = false;
  const step = (bytes: Buffer): Buffer => {
    const out = roomFor(bytes.length + code.length + returns);
    let length = 0;
    const flush = () => {
      if (code !== '') length += out.write(code, length, 'latin1');
      code = '';
      for (; returns > 0; returns -= 1) out[length++] = CR;
    };
    for (const byte of bytes) {
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
  };
  return stepwise(step, () => Buffer.from(isLineOpen && code !== '=' ? `${code}\n` : '', 'latin1'));
}

const isHexDigit = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
