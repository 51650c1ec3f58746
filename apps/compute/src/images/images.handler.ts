import { randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import {
  ById,
  CreateImage,
  createImage,
  DeleteImage,
  deleteImage,
  findPlatformImage,
  getImage,
  hostChanged,
  ListInput,
  listImages,
  OpenUpload,
  openUpload,
  PlatformImage,
  serviceContext,
  tenantClosing,
  UpdateImage,
  updateImage,
  userClosing,
  type HostEvent,
  type ImageView,
  type Page,
  type RequestContext,
  type TenantEvent,
  type UploadTicket,
  type UserEvent,
} from '@nubo/contracts';
import { Handles, OnEvent } from '@nubo/messaging';
import { ImageCopies } from './image-copies.service';
import { ImageUploads } from './image-uploads.service';
import { ImagesService } from './images.service';

@Controller()
export class ImagesHandler {
  constructor(
    private readonly images: ImagesService,
    private readonly copies: ImageCopies,
    private readonly uploads: ImageUploads,
  ) {}

  @Handles(createImage) create(ctx: RequestContext, input: CreateImage): Promise<ImageView> {
    return this.images.create(ctx, input);
  }

  @Handles(listImages) list(ctx: RequestContext, input: ListInput): Promise<Page<ImageView>> {
    return this.images.list(ctx, input);
  }

  @Handles(getImage) get(ctx: RequestContext, input: ById): Promise<ImageView> {
    return this.images.get(ctx, input);
  }

  @Handles(updateImage) update(ctx: RequestContext, input: UpdateImage): Promise<ImageView> {
    return this.images.update(ctx, input);
  }

  @Handles(findPlatformImage) platform(_ctx: RequestContext, input: PlatformImage): Promise<ImageView> {
    return this.images.platform(input);
  }

  @Handles(openUpload) openUpload(ctx: RequestContext, input: OpenUpload): Promise<UploadTicket> {
    return this.uploads.open(ctx, input);
  }

  @Handles(deleteImage) remove(ctx: RequestContext, input: DeleteImage): Promise<ImageView> {
    return this.images.remove(ctx, input);
  }

  @OnEvent(tenantClosing) onTenantClosing({ tenantId }: TenantEvent): Promise<void> {
    return this.images.closeTenant(serviceContext('compute', randomUUID()), tenantId);
  }

  @OnEvent(userClosing) onUserClosing({ userId }: UserEvent): Promise<void> {
    return this.images.closeUser(serviceContext('compute', randomUUID()), userId);
  }

  @OnEvent(hostChanged) onHostChanged({ hostId, state }: HostEvent): Promise<void> {
    return this.copies.hostChanged(hostId, state);
  }
}
