"""What an official client is answered over HTTP: the figures of the pages, from the own file, with where they are from."""

from tests.service.assistant.house import ROLES, House


def test_whoever_has_a_token_is_told_of_the_tools_that_read(house: House) -> None:
    async def tools(client):
        return (await client.list_tools()).tools

    found = house.within(house.secrets["rep"], tools)
    assert [t.name for t in found] == []
