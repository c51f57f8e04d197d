"""``make doctor``: what is wrong with this machine or installation, and the remedy of each fault.

It has to work where packages are broken, so its own process imports the standard library and no
package. Whatever needs one runs in ``probes``, each in a process with a time limit.
"""
