"""A population of patients, treated without pictures: leak rates, heights and pressures against published ones.

    sampling     who they are: age, level, fracture, defects, by published shares
    bodies       their bones, built once at a millimetre and kept
    operator     where a competent operator's cannulae come to lie, and when he stops
    arms         the treatments: vertebroplasty with three cements, balloon kyphoplasty
    treating     one patient, one arm, by commands to the engine's own balloons and cement
    storing      one JSON line a patient; a folder that can be continued
    running      many patients on several processes
    tallying     the table: published bands, verdicts; rates: intervals

From the command line (patients that are done are skipped, a cut last line is done again)::

    vertebrosim population --patients 100 --out fit                          # seeds 0 to 99: calibrate on these
    vertebrosim population --patients 200 --out check --first-seed 100000    # never calibrate on these

From Python, for one patient or while a model is being changed::

    from simulator.validation.population.arms import ARMS
    from simulator.validation.population.sampling import person_of
    from simulator.validation.population.treating import treated
    row = treated(person_of(7), ARMS["vertebroplasty, low viscosity"])   # a dict: leaked_ml, visible_mm2, ...

Seeds below 1000 are for calibrating, seeds from 100000 for checking. Rows hold millilitres and square millimetres;
the thresholds that make a leak of them are in ``tallying``, so another threshold needs no new run. Bodies lie in
the user's cache by the digest of ``anatomy``: a change of physics, devices or engine builds none anew.
"""
