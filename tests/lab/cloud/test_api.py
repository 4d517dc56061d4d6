import os
from unittest.mock import patch

import botocore.session
import pytest
from botocore.exceptions import ConnectionError as Unreachable

from checker.lab.cloud.api import ACCOUNT, KEY, REGION, Api


def test_variables_lead_a_client_to_the_account(api: Api) -> None:
    with patch.dict(os.environ, {**api.environment, "AWS_DEFAULT_REGION": REGION}, clear=True):
        identity = botocore.session.Session().create_client("sts").get_caller_identity()
    assert identity["Account"] == ACCOUNT


def test_state_is_what_clients_see(api: Api) -> None:
    api.client("ecs").create_cluster(clusterName="services")
    assert ["services"] == list(api.state("ecs").clusters)


def test_it_is_known_which_services_a_key_has_asked(api: Api) -> None:
    api.client("sts").get_caller_identity()
    api.client("dynamodb").list_tables()
    assert {"sts", "dynamodb"} == api.asked(KEY)
    assert not api.asked("AKIAOTHER")


def test_each_account_is_empty() -> None:
    for _ in range(2):
        with Api() as api:
            assert [] == api.client("dynamodb").list_tables()["TableNames"]
            table = {"AttributeName": "id", "KeyType": "HASH"}
            api.client("dynamodb").create_table(
                TableName="left",
                KeySchema=[table],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )


def test_whose_account_the_user_is_in_does_not_matter() -> None:
    with patch.dict(os.environ, {"AWS_PROFILE": "mine"}):
        with Api() as api:
            assert api.client("sts").get_caller_identity()["Account"] == ACCOUNT
        assert os.environ["AWS_PROFILE"] == "mine"


def test_nothing_answers_once_it_is_closed() -> None:
    with Api() as api:
        client = api.client("sts")
        client.get_caller_identity()
    with pytest.raises(Unreachable):
        client.get_caller_identity()
