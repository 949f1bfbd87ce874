'use strict';

operation('ping', () => snapshot());
