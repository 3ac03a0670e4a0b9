"""Long work in processes of its own: started, watched, cancelled and taken up again; a crash never touches the rest."""
