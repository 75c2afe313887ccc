"""One thread for the libraries below numpy and scikit-learn.

On problems as small as ours their threads wait for each other longer than they work: a fit of five parameters took
fifteen times as long with two. One alone also adds up in the same order everywhere.
"""

from threadpoolctl import threadpool_limits

one_thread = threadpool_limits.wrap(1)
