"""From a CT with labels to a patient.

label_schemes  which number means which vertebra or organ
fitting        parametric vertebrae fitted to labelled voxels
completing     the rest of the column and the person around it
scan           the CT in the patient's frame: densities, bone, what is real and what is not
moving         what a made-up fracture moves
organs         organs that the labels hold, as tissue and as hazards
overlay        the scan's voxels in place of the made-up person's
building       all of it put together
"""
