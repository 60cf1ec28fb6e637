import { describeMeetings } from '../support/meeting.ts';

await describeMeetings('vessels');
