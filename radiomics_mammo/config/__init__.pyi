from .loading import config_from as config_from
from .loading import describe_settings as describe_settings
from .loading import load_config as load_config
from .loading import parse_config as parse_config
from .loading import settings_yaml as settings_yaml
from .loading import shipped_config as shipped_config
from .study import StudyConfig as StudyConfig
from .study import settings_hash as settings_hash
