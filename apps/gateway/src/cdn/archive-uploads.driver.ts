import { Busboy, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { invalid, invalidFields, NuboError, openContent, type ContentView } from '@nubo/contracts';
import { Bus, validated } from '@nubo/messaging';
import { isMultipart } from '@nubo/service';
import type { Asked } from '../rest/asked';
import { passOn } from '../rest/ticketed-stream.driver';

/** From the last byte on: the archive is unpacked then. */
const ANSWER_MS = 120_000;
const BROKEN = 'The cdn service broke the upload off; send the archive again.';
/** As for bodies that are JSON. */
const DOCUMENT_BYTES = 1_048_576;

type Take = (document: object, archive: Readable) => Promise<Asked>;

/** Takes a document and an archive that are sent together. */
@Injectable()
export class ArchiveUploads {
  constructor(private readonly bus: Bus) {}

  /**
   * What is asked, with the document as its input and the archive as its content. The document is checked before the
   * archive is read. A dry run keeps the archive for an hour, as any that no release has.
   */
  async taken(asked: Asked): Promise<Asked> {
    const { request, input: params, route, ctx } = asked;
    if (!isMultipart(request)) return asked;
    return readForm(request, async (document, source) => {
      const input = { ...document, ...params };
      await validated(route.op.input, input);
      const { requestId, principal, address } = ctx;
      const ticket = await this.bus.call(openContent, { requestId, principal, address }, {});
      const passing = { source, answerMs: ANSWER_MS, broken: BROKEN };
      const { manifest } = (await passOn(request, ticket, passing)) as ContentView;
      return { ...asked, input: { ...input, srcdata: undefined, content: manifest } };
    });
  }
}

/** A form of one field `document` and one file after it. Throws `invalid` for any other. */
function readForm({ raw, headers }: Asked['request'], take: Take): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const form = formOf(headers as BusboyHeaders);
    let document: object | undefined;
    let taking: Promise<Asked> | undefined;
    const refuse = (error: Error): void => {
      raw.unpipe(form);
      raw.resume();
      reject(error);
    };
    form.on('field', (name: string, value: string, _cutName: boolean, cut: boolean) => {
      try {
        document = documentOf(name, value, cut);
      } catch (error) {
        refuse(error as Error);
      }
    });
    form.on('file', (_name: string, archive: Readable) => {
      if (!document || taking) return refuse(badForm('send the document first, then one archive'));
      taking = take(document, archive);
      taking.catch(refuse);
    });
    for (const limit of ['filesLimit', 'fieldsLimit', 'partsLimit'])
      form.on(limit, () => refuse(badForm('there is more in it')));
    form.on('error', (error: Error) => refuse(badForm(error.message)));
    form.on('finish', () => {
      if (taking) taking.then(resolve, refuse);
      else refuse(badForm('there is no archive in it'));
    });
    raw.once('aborted', () => reject(badForm('the client has gone')));
    raw.pipe(form);
  });
}

function formOf(headers: BusboyHeaders): BusboyInstance {
  try {
    return new Busboy({ headers, limits: { fieldSize: DOCUMENT_BYTES, fields: 1, files: 1, parts: 2 } });
  } catch (error) {
    throw badForm(error instanceof Error ? error.message : String(error));
  }
}

function documentOf(name: string, text: string, cut: boolean): object {
  const wrong = (message: string) => invalidFields([{ field: 'document', message }]);
  if (name !== 'document') throw invalidFields([{ field: name, message: 'there is no such field' }]);
  if (cut) throw wrong(`must have at most ${DOCUMENT_BYTES} bytes`);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw wrong('must be JSON');
  }
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) return document;
  throw wrong('must be a JSON object');
}

const badForm = (why: string): NuboError =>
  invalid(
    'bad_form',
    `The form cannot be taken: ${why}. It needs a field "document" (JSON) and a file after it.`,
  );
