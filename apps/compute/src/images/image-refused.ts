import { DownloadRefused } from '@nubo/download';

/** What was brought is no image, or not the one that was wanted: trying again cannot help. */
export class ImageRefused extends DownloadRefused {}
