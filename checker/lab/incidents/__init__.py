"""The re-enacted incidents, one module each, in the order of the page that tells of them.

Each is a real one, published as a post-mortem by its owners: a module builds its world, and says what happened and what
must have been seen. Its checks are the file beside it.
"""

from checker.lab.incidents.expired_image import EXPIRED_IMAGE
from checker.lab.incidents.key_rotation import KEY_ROTATION
from checker.lab.incidents.moved_service import MOVED_SERVICE
from checker.lab.incidents.stale_config import STALE_CONFIG
from checker.lab.incidents.wrong_account import WRONG_ACCOUNT
from checker.lab.timeline import Incident

INCIDENTS: tuple[Incident, ...] = (
    *(KEY_ROTATION, EXPIRED_IMAGE, STALE_CONFIG),
    *(MOVED_SERVICE, WRONG_ACCOUNT),
)
