import { Module } from '@nestjs/common';
import { ContentsModule } from '../contents/contents.module';
import { DeliveryReconciler } from '../delivery/delivery.reconciler';
import { DistributionReconciler } from '../delivery/distribution.reconciler';
import { HttpInstanceControl } from '../delivery/http-instance-control.driver';
import { InstanceControl } from '../delivery/instance-control.driver';
import { InstancesReconciler } from '../delivery/instances.reconciler';
import { Looks } from '../delivery/looks.store';
import { Recollections } from '../delivery/recollections.store';
import { Shipping } from '../delivery/shipping.service';
import { Surroundings } from '../delivery/surroundings.driver';
import { ProjectsModule } from '../projects/projects.module';
import { RoutingHandler } from '../routing/routing.handler';
import { RoutingService } from '../routing/routing.service';
import { UserPlaces } from '../routing/user-places.service';
import { TrafficHandler } from '../traffic/traffic.handler';
import { TrafficReconciler } from '../traffic/traffic.reconciler';
import { TrafficService } from '../traffic/traffic.service';
import { TrafficStore } from '../traffic/traffic.store';
import { DistributionCreation } from './distribution-creation.service';
import { DistributionEvents } from './distributions.events';
import { DistributionsHandler } from './distributions.handler';
import { DistributionsService } from './distributions.service';
import { DistributionStore } from './distributions.store';
import { InstanceImage } from './instance-image.service';
import { Locations } from './locations.service';
import { SigningKeys } from './signing-keys.service';

@Module({
  imports: [ContentsModule, ProjectsModule],
  controllers: [DistributionsHandler, RoutingHandler, TrafficHandler],
  providers: [
    DistributionsService,
    DistributionCreation,
    DistributionEvents,
    DistributionStore,
    InstanceImage,
    Locations,
    SigningKeys,
    DistributionReconciler,
    InstancesReconciler,
    Looks,
    Recollections,
    DeliveryReconciler,
    TrafficReconciler,
    Shipping,
    Surroundings,
    { provide: InstanceControl, useClass: HttpInstanceControl },
    RoutingService,
    UserPlaces,
    TrafficService,
    TrafficStore,
  ],
})
export class DistributionsModule {}
