import { Injectable } from '@nestjs/common';
import { openUpload, type ImageView, type OpenUpload } from '@nubo/contracts';
import { Bus } from '@nubo/messaging';
import type { FastifyRequest } from 'fastify';
import type { Asked } from '../rest/asked';
import { passOn } from '../rest/ticketed-stream.driver';

/** For the answer, from the body's last byte on: what is left to do is a flush and a row. */
const ANSWER_MS = 30_000;
const BROKEN = 'The compute service broke the upload off; ask how far it came and go on from there.';

/** Passes the content of images on to the service that keeps them. */
@Injectable()
export class ImageUploads {
  answerMs = ANSWER_MS;

  constructor(private readonly bus: Bus) {}

  /** The image as it is then. Nothing is sent in a dry run, nor where nothing came. */
  async pass({ ctx, request }: Asked, input: OpenUpload): Promise<ImageView> {
    const admitted = await this.bus.call(openUpload, ctx, input);
    if (ctx.dryRun || isEmpty(request)) return admitted.image;
    const { raw: source, headers } = request;
    const passing = { source, length: headers['content-length'], answerMs: this.answerMs, broken: BROKEN };
    return (await passOn(request, admitted, passing)) as ImageView;
  }
}

const isEmpty = ({ headers }: FastifyRequest): boolean =>
  !headers['transfer-encoding'] && !(Number(headers['content-length']) > 0);
