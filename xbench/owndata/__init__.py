"""Data of one's own, which no card describes: looked at, taken for a task, and written as a card to go on with.

looking       what a file or folder stands for            summaries     what each of its columns holds
recognition   which columns are a task type's fields      languages     which language its texts are in
cardtext      a task as the text of a card                labels        which of them are probably not what was meant
paths         what lies where a person says
"""
