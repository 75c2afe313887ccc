"""The only code that knows Streamlit: widgets, layout and charts; a folder for what one page shows alone."""
