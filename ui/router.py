"""The app's main script: the pages, by absolute path, and the menu. Every request passes here."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

# the project's folder must be on the path first
from ui import compare_texts, discrepancy_texts, item_texts, links, texts  # noqa: E402
from ui.bootstrap import FAVICON  # noqa: E402

# a picture of our own, named before the menu: the menu's icons would be fetched from elsewhere for the browser's tab
st.set_page_config(page_title=texts.APP, page_icon=str(FAVICON), layout="wide", initial_sidebar_state=224)
# one flat list: Streamlit puts a section's heading into the list, where screen readers do not look for one.
# The heading above the last entry is the style sheet's.
navigation = st.navigation(
    [
        st.Page(links.STATUS, title=texts.NAV_STATUS, icon=":material/monitor_heart:", default=True),
        st.Page(links.PRODUCTS, title=texts.NAV_PRODUCTS, icon=":material/inventory_2:", url_path="products"),
        st.Page(
            links.DISCREPANCIES,
            title=discrepancy_texts.NAV,
            icon=":material/compare_arrows:",
            url_path="discrepancies",
        ),
        st.Page(links.RUNS, title=texts.NAV_RUNS, icon=":material/history:", url_path="runs"),
        st.Page(links.SETTINGS, title=texts.NAV_SETTINGS, icon=":material/settings:", url_path="settings"),
        st.Page(links.RUN, title=texts.NAV_RUN, url_path="run", visibility="hidden"),
        st.Page(links.PRODUCT, title=texts.NAV_PRODUCT, url_path="product", visibility="hidden"),
        st.Page(links.ITEM, title=item_texts.NAV, url_path="item", visibility="hidden"),
        st.Page(links.COMPARE, title=compare_texts.NAV, url_path="compare", visibility="hidden"),
    ]
)
navigation.run()
