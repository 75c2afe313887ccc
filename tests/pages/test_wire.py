from streamlit.proto.BackMsg_pb2 import BackMsg

from pages.ui import wire


def test_what_a_page_does_by_itself_is_nobodys_doing() -> None:
    by_hand, by_itself, beat = BackMsg(), BackMsg(), BackMsg()
    by_hand.rerun_script.query_string = "page=1"
    by_itself.rerun_script.is_auto_rerun = True
    beat.app_heartbeat = True
    assert wire.is_by_hand(by_hand.SerializeToString())
    assert not wire.is_by_hand(by_itself.SerializeToString())
    assert not wire.is_by_hand(beat.SerializeToString())
    assert not wire.is_by_hand(b"\xff\xff no frame")
