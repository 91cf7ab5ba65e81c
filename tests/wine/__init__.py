"""The Linux host: real Windows CPython under Wine, set up inside the checkout."""
